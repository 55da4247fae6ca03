import type { Axis } from "@prune/graph";
import { axisText } from "@prune/graph/advanced";
import type { PictureNode, PictureTensor } from "@prune/report/advanced";
import { rangesOf, shortNumber } from "@prune/report/view";
import { useId, useMemo, useState } from "react";
import { indicesIn } from "../axes.js";
import type { Studio } from "../page.js";
import { Shapes } from "./shapes.js";

/** A node: its tensors, its units, and what leaves with some of them. */
export function NodePanel({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { opened, picture: cut, node: place, axes, group } = studio;
  const picture = cut ?? opened?.picture;
  const tensors = useMemo(() => {
    const all = picture?.nodes.flatMap(({ outputs, parameters }) => [...parameters, ...outputs]) ?? [];
    return new Map([...(picture?.inputs ?? []), ...all].map((tensor) => [tensor.name, tensor]));
  }, [picture]);
  const node = place === undefined ? undefined : picture?.nodes[place];
  if (!node)
    return (
      <p className="note">
        Choose a node in the graph, by the search, or a layer under Choose, to see its units.
      </p>
    );
  return (
    <>
      <NodeFacts node={node} tensors={tensors} studio={studio} />
      <section aria-label="Units">
        <h2>Units</h2>
        {axes.length === 0 ? <p className="note">None of its tensors has units that are followed.</p> : null}
        {axes.map((axis) => (
          <Positions key={axisText(axis)} axis={axis} studio={studio} />
        ))}
      </section>
      {group ? <Leaving studio={studio} /> : null}
    </>
  );
}

interface NodeFactsProps {
  readonly node: PictureNode;
  readonly tensors: ReadonlyMap<string, PictureTensor>;
  readonly studio: Studio;
}

function NodeFacts({ node, tensors, studio }: NodeFactsProps): React.ReactElement {
  const stored = new Set(node.parameters.map(({ name }) => name));
  const read = node.inputs.filter((name) => !stored.has(name));
  // The name of a tensor fits its layer whatever the exporter called the rest.
  const layer = node.parameters[0]?.name;
  const keepsWhole = layer !== undefined && studio.choice.ignore.includes(layer);
  const parts: readonly [string, readonly PictureTensor[]][] = [
    ["reads", read.map((name) => tensors.get(name) ?? { name, shape: "?" })],
    ["stores", node.parameters],
    ["gives", node.outputs],
  ];
  return (
    <section aria-label="Node">
      <h2>{node.op}</h2>
      <code>{node.name}</code>
      {node.path.length > 0 ? <p className="note">in {node.path.join(" / ")}</p> : null}
      <table>
        <tbody>
          {parts.flatMap(([what, list]) =>
            list.map(({ name, shape, after }) => (
              <tr key={`${what} ${name}`}>
                <th scope="row">
                  <span className="note">{what}</span> <code>{name}</code>
                </th>
                <td>
                  <Shapes before={shape} after={after} />
                </td>
              </tr>
            )),
          )}
          <tr>
            <th scope="row">MACs</th>
            <td>{amount(node.macs, node.macsAfter)}</td>
          </tr>
          <tr>
            <th scope="row">parameters</th>
            <td>{amount(node.weights, node.weightsAfter)}</td>
          </tr>
        </tbody>
      </table>
      <Attributes of={node.attributes ?? {}} />
      {node.frozen.map((why) => (
        <p key={why} className="note">
          stays: {why}
        </p>
      ))}
      {layer !== undefined ? (
        <label className="row">
          <input type="checkbox" checked={keepsWhole} onChange={() => studio.keepWhole(layer, !keepsWhole)} />
          Keep this layer whole
        </label>
      ) : null}
    </section>
  );
}

function Attributes({ of }: { readonly of: Readonly<Record<string, string>> }): React.ReactElement | null {
  const entries = Object.entries(of);
  if (entries.length === 0) return null;
  return (
    <details>
      <summary>{entries.length === 1 ? "1 attribute" : `${entries.length} attributes`}</summary>
      <table>
        <tbody>
          {entries.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{value}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

/** More positions than this, and those of activations, are named in the text field alone: a thousand buttons show nothing. */
const mostChips = 256;

interface PositionsProps {
  readonly axis: Axis;
  readonly studio: Studio;
}

function Positions({ axis, studio }: PositionsProps): React.ReactElement {
  const { root, toggle, lightUp } = studio;
  const [text, setText] = useState("");
  const [fault, setFault] = useState(false);
  const id = useId();
  const key = axisText(axis);
  return (
    <div className="positions">
      <p>
        <code>{key}</code> <span className="note">{axis.size} positions</span>
      </p>
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          const indices = indicesIn(text, axis.size);
          setFault(!indices);
          if (indices) lightUp(axis, indices);
        }}
      >
        <input
          id={id}
          type="text"
          aria-label={`positions of ${key}`}
          aria-invalid={fault}
          placeholder={`2, 6, 9-15 (0 to ${axis.size - 1})`}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <button type="submit">Light up</button>
      </form>
      {fault ? (
        <p className="message" role="alert">
          Write positions from 0 to {axis.size - 1}, such as 2, 6, 9-15.
        </p>
      ) : null}
      <div className="chips">
        {Array.from({ length: axis.role === "activation" ? 0 : Math.min(axis.size, mostChips) }, (_, i) => (
          <button
            key={i}
            type="button"
            aria-label={`position ${i} of ${key}`}
            aria-pressed={root?.axis === axis && root.indices.includes(i)}
            onClick={() => toggle(axis, i)}
          >
            {i}
          </button>
        ))}
      </div>
    </div>
  );
}

/** The most axes of a group that are listed: more are counted. */
const mostListed = 600;

function Leaving({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { group, clearGroup, goToTensor } = studio;
  if (!group) return <></>;
  return (
    <section aria-label="What leaves together" aria-live="polite" className="leaving">
      <div className="row">
        <h2>What leaves with it</h2>
        <button type="button" onClick={clearGroup}>
          Clear
        </button>
      </div>
      {group.pinned ? <p className="message">Must stay: {group.pinned.reason}</p> : null}
      <ol className="steps">
        {group.items.slice(0, mostListed).map(({ axis, indices, via }, i) => (
          <li key={i}>
            <button
              type="button"
              className="link"
              title={`${axisText(axis)} [${rangesOf(indices, Number.POSITIVE_INFINITY)}]`}
              onClick={() => goToTensor(axis.tensor)}
            >
              <code>{axisText(axis)}</code>
            </button>{" "}
            [{rangesOf(indices)}]{" "}
            <span className="note">{i === 0 ? "the root" : `by ${via.op} ${via.node}`}</span>
          </li>
        ))}
      </ol>
      {group.items.length > mostListed ? (
        <p className="note">and {group.items.length - mostListed} more axes</p>
      ) : null}
      {group.findings.map(({ text }) => (
        <p key={text} className="note">
          can't be cut alone: {text}
        </p>
      ))}
      <p className="note">
        {group.exact
          ? "Cutting it is the same as setting it to zero."
          : "A norm or maximum runs over these positions: the cut equals the mask with its statistics over what is left."}
      </p>
    </section>
  );
}

const amount = (before: number | null, after: number | null): string =>
  before === after ? shortNumber(before) : `${shortNumber(before)} → ${shortNumber(after)}`;
