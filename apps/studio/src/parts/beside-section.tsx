import { percentText } from "@prune/report/view";
import { useEffect, useRef } from "react";
import type { Beside, ShownOutput, Wave } from "../engine/protocol.js";

/** What the original and the smaller model answer to the same samples. */
export function BesideSection({ beside }: { readonly beside: Beside }): React.ReactElement {
  return (
    <ol className="beside" aria-label="Outputs side by side">
      {beside.samples.map(({ picture, wave, label, outputs }, i) => (
        <li key={i}>
          <div className="row">
            {picture ? <Picture picture={picture} title={`sample ${i + 1}`} /> : null}
            {wave ? (
              <svg viewBox="0 0 320 64" className="sound" role="img" aria-label={`sample ${i + 1}`}>
                <path d={wavePath(wave, spanOf(wave))} className="original" />
              </svg>
            ) : null}
            <span>
              Sample {i + 1}
              {label !== undefined ? <span className="note"> of class {label}</span> : null}
            </span>
          </div>
          {outputs.map((output) => (
            <Output key={output.name} output={output} />
          ))}
        </li>
      ))}
    </ol>
  );
}

function Output({ output }: { readonly output: ShownOutput }): React.ReactElement {
  return (
    <figure>
      <figcaption>
        <code>{output.name}</code>{" "}
        <span className="note">
          {output.shape}, {percentText(output.error)} apart
        </span>
      </figcaption>
      {output.kind === "scores" ? <Scores output={output} /> : null}
      {output.kind === "pictures" ? (
        <div className="row">
          <Picture picture={output.original} title="of the original" />
          <Picture picture={output.smaller} title="of the smaller model" />
        </div>
      ) : null}
      {output.kind === "line" ? <Lines {...output} /> : null}
      {output.kind === "waves" ? <Waves {...output} /> : null}
    </figure>
  );
}

type Kind<K extends ShownOutput["kind"]> = Extract<ShownOutput, { readonly kind: K }>;

function Scores({ output: { top, best } }: { readonly output: Kind<"scores"> }): React.ReactElement {
  const same = top[0]?.place === best;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">original</th>
            <th scope="col">smaller</th>
          </tr>
        </thead>
        <tbody>
          {top.map(({ place, original, smaller }) => (
            <tr key={place}>
              <th scope="row">{place}</th>
              <td>{original.toPrecision(3)}</td>
              <td>{smaller.toPrecision(3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={same ? "good" : "bad"}>
        {same ? `Both answer ${best}.` : `The original answers ${top[0]?.place}, the smaller model ${best}.`}
      </p>
    </>
  );
}

function Lines({ original, smaller }: Kind<"line">): React.ReactElement {
  const all = [...original, ...smaller];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const path = (values: readonly number[]): string =>
    values
      .map((value, i) => {
        const x = (320 * i) / Math.max(1, values.length - 1);
        const y = 4 + 56 * (1 - (value - least) / (most - least || 1));
        return `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  return (
    <>
      <svg viewBox="0 0 320 64" role="img" aria-label="the first values of both models">
        <path d={path(original)} className="original" />
        <path d={path(smaller)} className="smaller" />
      </svg>
      <p className="note">
        <span className="key original" /> original <span className="key smaller" /> smaller
      </p>
    </>
  );
}

type Span = readonly [least: number, most: number];

const spanOf = (values: Wave): Span => [Math.min(...values), Math.max(...values)];

/** Upright strokes from the least to the most of each stretch. */
function wavePath(wave: Wave, [least, most]: Span): string {
  const y = (value: number): string => (4 + 56 * (1 - (value - least) / (most - least || 1))).toFixed(1);
  return Array.from({ length: wave.length / 2 }, (_, i) => {
    const x = ((640 * (i + 0.5)) / wave.length).toFixed(1);
    return `M${x} ${y(wave[2 * i] as number)}V${y(wave[2 * i + 1] as number)}`;
  }).join("");
}

/** Two signals, one below the other, at one scale. */
function Waves({ original, smaller }: Kind<"waves">): React.ReactElement {
  const span = spanOf([...original, ...smaller]);
  return (
    <>
      <svg viewBox="0 0 320 64" role="img" aria-label="the original's signal">
        <path d={wavePath(original, span)} className="original" />
      </svg>
      <svg viewBox="0 0 320 64" role="img" aria-label="the smaller model's signal">
        <path d={wavePath(smaller, span)} className="smaller" />
      </svg>
      <p className="note">
        <span className="key original" /> original <span className="key smaller" /> smaller
      </p>
    </>
  );
}

function Picture({
  picture,
  title,
}: {
  readonly picture: ImageData;
  readonly title: string;
}): React.ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    canvas.current?.getContext("2d")?.putImageData(picture, 0, 0);
  }, [picture]);
  return (
    <canvas
      ref={canvas}
      className="sample"
      width={picture.width}
      height={picture.height}
      role="img"
      aria-label={title}
      title={title}
    />
  );
}
