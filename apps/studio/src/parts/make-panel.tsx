import { useEffect, useState } from "react";
import type { Samples, Scaling } from "../engine/protocol.js";
import { isPicture, isSound } from "../engine/sample-files.js";
import type { Studio } from "../page.js";
import { BesideSection } from "./beside-section.js";
import { changeText } from "./choose-panel.js";
import { download, fileStem, pickedFiles } from "./files.js";
import { ShareSection } from "./share-section.js";

interface PanelProps {
  readonly studio: Studio;
}

/** Makes the smaller model: cut, proof, time, recovery, training, downloads. */
export function MakePanel({ studio }: PanelProps): React.ReactElement {
  const { opened, making, cancel, made } = studio;
  if (!opened) return <></>;
  return (
    <>
      <SamplesSection studio={studio} />
      <MakeSection studio={studio} />
      <div className="job">
        {making !== undefined ? (
          <>
            <p role="status">{making.text}</p>
            <div className="row">
              <progress
                {...(making.share === undefined ? {} : { value: making.share })}
                aria-label={making.text}
              />
              <button type="button" onClick={cancel}>
                Cancel
              </button>
            </div>
          </>
        ) : null}
      </div>
      {made ? <MadeSection studio={studio} /> : null}
      {/* What is made appears above it: it comes back with that, and is never pushed down. */}
      {making === undefined ? <ShareSection key={JSON.stringify(studio.choice)} studio={studio} /> : null}
    </>
  );
}

const scalings: readonly { readonly scaling: Scaling; readonly title: string }[] = [
  { scaling: "unit", title: "0 to 1" },
  { scaling: "imagenet", title: "ImageNet mean and deviation" },
  { scaling: "symmetric", title: "−1 to 1" },
  { scaling: "bytes", title: "0 to 255" },
];

/** What models of speech and music take. */
const rates = [8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/** A person's own pictures, sounds or arrays: they never leave the tab. */
function SamplesSection({
  studio: { how, setHow, making, measureSensitivity, opened },
}: PanelProps): React.ReactElement {
  const { samples } = how;
  const set = (change: Partial<Samples>): void => setHow({ samples: { ...samples, ...change } });
  const hasPictures = samples.files.some(isPicture);
  const hasSounds = !hasPictures && samples.files.some(isSound);
  return (
    <section aria-label="Samples">
      <h2>Samples</h2>
      <p className="note">
        Pictures, sounds, or arrays (.npz, .npy, .json): to win accuracy back on, and to see what both models
        make of them.
      </p>
      <input
        type="file"
        aria-label="Sample files"
        accept="image/*,audio/*,.npz,.npy,.json,.u8"
        multiple
        onChange={(event) => set({ files: pickedFiles(event.target.files) })}
      />
      {hasPictures ? (
        <label className="field">
          <span>Values</span>
          <select
            value={samples.scaling}
            onChange={(event) => set({ scaling: event.target.value as Scaling })}
          >
            {scalings.map(({ scaling, title }) => (
              <option key={scaling} value={scaling}>
                {title}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      {hasSounds ? (
        <label className="field">
          <span>Sample rate</span>
          <select value={samples.rate} onChange={(event) => set({ rate: Number(event.target.value) })}>
            {rates.map((rate) => (
              <option key={rate} value={rate}>
                {rate / 1000} kHz, one channel
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <button
        type="button"
        disabled={making !== undefined || samples.files.length === 0 || opened?.format !== "ONNX"}
        onClick={measureSensitivity}
      >
        Colour the graph by sensitivity
      </button>
    </section>
  );
}

function MakeSection({ studio }: PanelProps): React.ReactElement {
  const { opened, numbers, making, make, lossless, how, setHow } = studio;
  const hasSamples = how.samples.files.length > 0;
  const nothing = making !== undefined || !numbers || numbers.removed === 0;
  const stem = fileStem(opened?.name);
  const isOnnx = opened?.format === "ONNX";
  return (
    <section aria-label="Make the smaller model">
      <h2>Make</h2>
      <p className="note">
        Cuts what Choose says, and runs the smaller model beside the original with the removed units masked:
        both must compute the same, or nothing is made.
      </p>
      <label className="row">
        <input
          type="checkbox"
          disabled={!hasSamples}
          checked={hasSamples && how.recover}
          onChange={(event) => setHow({ recover: event.target.checked })}
        />
        Win accuracy back on the samples
      </label>
      <label className="field">
        <span>Train</span>
        <select
          disabled={!hasSamples || !isOnnx}
          value={how.minutes}
          onChange={(event) => setHow({ minutes: Number(event.target.value) })}
        >
          {[0, 0.25, 1, 5, 15, 60].map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes === 0 ? "not" : minutes < 1 ? `${60 * minutes} seconds` : `${minutes} min`}
            </option>
          ))}
        </select>
      </label>
      {isOnnx ? null : (
        <p className="note">
          Sensitivity and removing only what changes no output need the ONNX form of the model, and so does
          training: gradients are derived from ONNX graphs, and a TensorFlow.js GraphModel stores its weights
          as constants. Refitting on samples works here too.
        </p>
      )}
      <div className="row">
        <button type="button" className="primary" disabled={nothing} onClick={make}>
          Make the smaller model
        </button>
        <button
          type="button"
          disabled={nothing}
          onClick={async () => {
            const html = await studio.report();
            if (html !== undefined) download(`${stem}-plan.html`, html, "text/html");
          }}
        >
          Report of the plan
        </button>
        <button type="button" disabled={making !== undefined || !isOnnx} onClick={lossless}>
          Only what changes no output
        </button>
      </div>
    </section>
  );
}

interface Gpu {
  requestAdapter(): Promise<unknown>;
}

/** Whether there is a graphics card that WebGPU may use. */
function useGraphics(): boolean {
  const [found, setFound] = useState(false);
  useEffect(() => {
    const { gpu } = navigator as { readonly gpu?: Gpu };
    gpu?.requestAdapter().then(
      (adapter) => setFound(Boolean(adapter)),
      () => setFound(false),
    );
  }, []);
  return found;
}

function MadeSection({ studio }: PanelProps): React.ReactElement {
  const { opened, made, beside, compareOutputs, how, making } = studio;
  const hasGraphics = useGraphics();
  if (!made) return <></>;
  const stem = fileStem(opened?.name);
  const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
  const { html, recipe } = made;
  return (
    <section aria-label="The smaller model">
      <h2>The smaller model</h2>
      <table className="numbers">
        <thead>
          <tr>
            <th scope="col" />
            <th scope="col">original</th>
            <th scope="col">smaller</th>
            <th scope="col">change</th>
          </tr>
        </thead>
        <tbody>
          {made.rows.map(({ what, before, after, change }) => (
            <tr key={what}>
              <th scope="row">{what}</th>
              <td>{before}</td>
              <td>{after}</td>
              <td>{change ?? changeText(1, 1)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {made.counted ? <p>{made.counted}</p> : null}
      <p className={made.holds ? "good" : "bad"}>{made.proof}</p>
      {made.recovery.map((text) => (
        <p key={text}>{text}</p>
      ))}
      <div className="row">
        {made.files.map(({ path, bytes }) => (
          <button
            key={path}
            type="button"
            onClick={() => download(path.split("/").at(-1) ?? path, bytes as BlobPart)}
          >
            {path}
          </button>
        ))}
        {recipe !== undefined ? (
          <button
            type="button"
            onClick={() => download(`${stem}-recipe.json`, json(recipe), "application/json")}
          >
            Recipe
          </button>
        ) : null}
        <button
          type="button"
          onClick={() => download(`${stem}-report.json`, json(made.report), "application/json")}
        >
          Report as JSON
        </button>
        {html !== undefined ? (
          <button type="button" onClick={() => download(`${stem}-report.html`, html, "text/html")}>
            Report as one HTML file
          </button>
        ) : null}
      </div>
      <div className="row">
        <button
          type="button"
          disabled={making !== undefined || how.samples.files.length === 0}
          onClick={compareOutputs}
        >
          Outputs side by side, on the samples
        </button>
        {hasGraphics && opened?.format === "ONNX" ? (
          <button
            type="button"
            disabled={making !== undefined || made.rows.some(({ what }) => /WebGPU/.test(what))}
            onClick={studio.timeOnGraphics}
          >
            Time both on the graphics card
          </button>
        ) : null}
      </div>
      {beside ? <BesideSection beside={beside} /> : null}
    </section>
  );
}
