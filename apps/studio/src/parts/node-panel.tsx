import { shortNumber } from "@prune/report/view";
import type { Studio } from "../studio.js";

/** A node: its tensors, its units, and what leaves with some of them. */
export function NodePanel({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { opened, picture, node: place, axes, group, root, toggle, clearGroup } = studio;
  const node = place === undefined ? undefined : (picture ?? opened?.picture)?.nodes[place];
  if (!node)
    return (
      <p className="note">
        Choose a node in the graph, by the search, or a layer under Choose, to see its units.
      </p>
    );
  const { attributes = {} } = node;
  return (
    <>
      <section aria-label="Node">
        <h2>{node.op}</h2>
        <code>{node.name}</code>
        {node.path.length > 0 ? <p className="note">in {node.path.join(" / ")}</p> : null}
        <table>
          <tbody>
            {[...node.parameters, ...node.outputs].map(({ name, shape, after }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{after ? `${shape} → ${after}` : shape}</td>
              </tr>
            ))}
            {Object.entries(attributes).map(([name, value]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>{value}</td>
              </tr>
            ))}
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
        {node.frozen.map((why) => (
          <p key={why} className="note">
            stays: {why}
          </p>
        ))}
      </section>
      <section aria-label="Units">
        <h2>Units</h2>
        {axes.length === 0 ? <p className="note">It has no parameter with units of its own.</p> : null}
        {axes.map((axis) => {
          const key = `${axis.tensor}:${axis.dims.join(",")}`;
          return (
            <div key={`${key} ${axis.view?.join(",") ?? ""}`}>
              <p>
                <code>{key}</code> <span className="note">{axis.size} positions</span>
              </p>
              <div className="chips">
                {Array.from({ length: Math.min(axis.size, 256) }, (_, i) => (
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
        })}
      </section>
      {group ? (
        <section aria-label="What leaves together" aria-live="polite">
          <div className="row">
            <h2>What leaves with it</h2>
            <button type="button" onClick={clearGroup}>
              Clear
            </button>
          </div>
          {group.pinned ? <p className="message">Must stay: {group.pinned.reason}</p> : null}
          <ol className="steps">
            {group.items.map(({ axis, indices, via }, i) => (
              <li key={i}>
                <code>
                  {axis.tensor}:{axis.dims.join(",")}
                </code>{" "}
                [{rangesOf(indices)}]{" "}
                <span className="note">{i === 0 ? "the root" : `by ${via.op} ${via.node}`}</span>
              </li>
            ))}
          </ol>
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
      ) : null}
    </>
  );
}

const amount = (before: number, after: number): string =>
  before === after ? shortNumber(before) : `${shortNumber(before)} → ${shortNumber(after)}`;

/** `2, 6, 9` or `18-26`. */
export function rangesOf(indices: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < indices.length; ) {
    let end = i;
    while (indices[end + 1] === (indices[end] as number) + 1) end++;
    parts.push(end - i > 1 ? `${indices[i]}-${indices[end]}` : indices.slice(i, end + 1).join(", "));
    i = end + 1;
  }
  return parts.length > 12 ? `${parts.slice(0, 12).join(", ")}, …` : parts.join(", ");
}
