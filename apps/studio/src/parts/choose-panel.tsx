import type { Picture } from "@prune/report";
import { percentText, placesByTensor, shortNumber } from "@prune/report/view";
import { useId, useMemo, useState } from "react";
import { tensorOf } from "../axes.js";
import { type Choice, type Criterion, criteria } from "../engine/protocol.js";
import type { Studio } from "../page.js";
import { Slider } from "./slider.js";

const bys: readonly { readonly by: Choice["by"]; readonly title: string }[] = [
  { by: "ratio", title: "of each layer's units" },
  { by: "macs", title: "of the MACs" },
  { by: "parameters", title: "of the parameters" },
  { by: "bytes", title: "of the bytes" },
  { by: "gzip", title: "of the bytes after gzip" },
  { by: "latency", title: "of the milliseconds in this tab" },
];

/** How much leaves, by which measure, and what that makes of the model. */
export function ChoosePanel({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { choice, choose, opened, numbers } = studio;
  const criterion = useId();
  const by = useId();
  const round = useId();
  if (!opened) return <></>;
  return (
    <>
      <section aria-label="How much">
        <Slider title="Remove" value={choice.amount} onChange={(amount) => choose({ amount })} />
        <div className="field">
          <label htmlFor={by}>Share</label>
          <select
            id={by}
            value={choice.by}
            onChange={(event) => choose({ by: event.target.value as Choice["by"] })}
          >
            {bys.map(({ by: value, title }) => (
              <option key={value} value={value}>
                {title}
              </option>
            ))}
          </select>
        </div>
        <div className="field">
          <label htmlFor={criterion}>Criterion</label>
          <select
            id={criterion}
            value={choice.criterion}
            onChange={(event) => choose({ criterion: event.target.value as Criterion })}
          >
            {criteria.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <label className="row">
          <input
            type="checkbox"
            checked={choice.global}
            onChange={(event) => choose({ global: event.target.checked })}
          />
          Rank the units of all layers together
        </label>
        {opened.has.heads ? (
          <Slider title="Heads, groups" value={choice.heads} onChange={(heads) => choose({ heads })} />
        ) : null}
        {opened.has.headDims ? (
          <Slider
            title="Dims in heads"
            value={choice.headDims}
            onChange={(headDims) => choose({ headDims })}
          />
        ) : null}
        <div className="field">
          <label htmlFor={round}>Round to</label>
          <select
            id={round}
            value={choice.roundTo}
            onChange={(event) => choose({ roundTo: Number(event.target.value) })}
          >
            {[1, 4, 8, 16, 32].map((multiple) => (
              <option key={multiple} value={multiple}>
                {multiple === 1 ? "any width" : `multiples of ${multiple}`}
              </option>
            ))}
          </select>
        </div>
        <KeptWhole key={choice.ignore.join()} studio={studio} />
      </section>
      {numbers ? (
        <section aria-label="What is left">
          <table className="numbers">
            <thead>
              <tr>
                <th scope="col" />
                <th scope="col">before</th>
                <th scope="col">after</th>
                <th scope="col">change</th>
              </tr>
            </thead>
            <tbody>
              {(["parameters", "macs", "bytes"] as const).map((what) => (
                <tr key={what}>
                  <th scope="row">{what === "macs" ? "MACs" : what}</th>
                  <td>{amountText(numbers.before[what], what)}</td>
                  <td>{amountText(numbers.after[what], what)}</td>
                  <td>{changeText(numbers.before[what], numbers.after[what])}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {numbers.counted ? <p className="note">{numbers.counted}</p> : null}
          {numbers.note ? <p className="note">{numbers.note}</p> : null}
          <p className="note">
            Accuracy is not measured here: give samples under Make, where the smaller model is proven and can
            be won back.
          </p>
        </section>
      ) : null}
      {/* With the numbers, which would push it down. */}
      {numbers ? (
        <>
          <Layers studio={studio} />
          <Frozen studio={studio} />
        </>
      ) : null}
    </>
  );
}

const amountText = (value: number | null, what: string): string =>
  `${shortNumber(value)}${what === "bytes" && value !== null ? "B" : ""}`;

export const changeText = (before: number | null, after: number | null): string =>
  before === null || after === null ? "" : before === after ? "0 %" : `−${percentText(1 - after / before)}`;

/** Patterns of layers that stay whole; they count once the field is left or Enter is pressed. */
function KeptWhole({ studio: { choice, choose } }: { readonly studio: Studio }): React.ReactElement {
  const id = useId();
  const [text, setText] = useState(choice.ignore.join(", "));
  const commit = (): void => {
    const ignore = text
      .split(",")
      .map((one) => one.trim())
      .filter(Boolean);
    if (ignore.join() !== choice.ignore.join()) choose({ ignore });
  };
  return (
    <div className="field">
      <label htmlFor={id}>Keep whole</label>
      <input
        id={id}
        type="text"
        placeholder="layer4.*, fc"
        value={text}
        onChange={(event) => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") commit();
        }}
      />
    </div>
  );
}

/**
 * What a layer is called: its axis, where that says whose it is; else the modules that it lies in, as exporters call
 * what they have made of a weight `val_98`.
 */
function layerTexts(picture: Picture): (axis: string) => string {
  const places = placesByTensor(picture);
  return (axis) => {
    const tensor = tensorOf(axis);
    const [place] = places.get(tensor) ?? [];
    const path = place === undefined ? [] : (picture.nodes[place]?.path ?? []);
    const isNamed = path.length === 0 || tensor.includes(path.at(-1) as string);
    return isNamed ? axis : `${path.join(".")} ${axis.slice(tensor.length)}`;
  };
}

function Layers({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { numbers, goToTensor, choice, keepWhole, opened } = studio;
  const layerText = useMemo(() => (opened ? layerTexts(opened.picture) : String), [opened]);
  return (
    <section aria-label="Layers">
      <h2>Layers</h2>
      <p className="note">Tick a layer to keep it whole.</p>
      <div className="layers">
        {numbers?.layers.map(({ family, axis, kept, total, part, why }) => {
          const tensor = tensorOf(axis);
          const keeps = choice.ignore.includes(tensor);
          return (
            <div key={family} style={{ display: "contents" }}>
              <input
                type="checkbox"
                aria-label={`keep ${axis} whole`}
                checked={keeps}
                onChange={() => keepWhole(tensor, !keeps)}
              />
              <button
                type="button"
                title={`${axis} (${part})${why.length > 0 ? `: ${why.join("; ")}` : ""}`}
                onClick={() => goToTensor(tensor)}
              >
                {layerText(axis)}
              </button>
              <span className="track" role="img" aria-label={`${kept} of ${total} ${part} stay`}>
                <i style={{ width: `${(100 * kept) / total}%` }} />
              </span>
              <span className="count">
                {kept}/{total}
              </span>
            </div>
          );
        })}
      </div>
    </section>
  );
}

function Frozen({ studio: { opened } }: { readonly studio: Studio }): React.ReactElement | null {
  if (!opened || opened.frozen.length === 0) return null;
  return (
    <section aria-label="What stays">
      <h2>What stays, and why</h2>
      <ul className="steps">
        {opened.frozen.slice(0, 12).map(({ reason, axes, example }) => (
          <li key={reason}>
            {reason}: <code>{example}</code>
            {axes > 1 ? ` and ${axes - 1} more` : ""}
          </li>
        ))}
      </ul>
    </section>
  );
}
