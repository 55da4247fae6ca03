import type { Studio } from "../studio.js";
import { changeText } from "./choose-panel.js";
import { download, pickedFiles } from "./files.js";

/** Makes the smaller model: cut, proof, time, recovery, downloads. */
export function MakePanel({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { opened, numbers, made, making, make, cancel, samples, setSamples } = studio;
  if (!opened) return <></>;
  const stem = opened.name.replace(/\.(onnx|json)$/, "");
  return (
    <>
      <section aria-label="Make the smaller model">
        <p>
          Cuts what Choose says, and runs the smaller model beside the original with the removed units masked:
          both must compute the same, or nothing is made.
        </p>
        <label>
          Samples for recovery (.npz, or .npy and .json; none: the weights stay as they are)
          <input
            type="file"
            accept=".npz,.npy,.json"
            multiple
            onChange={(event) => setSamples(pickedFiles(event.target.files))}
          />
        </label>
        {samples.length > 0 ? <p className="note">{samples.map(({ path }) => path).join(", ")}</p> : null}
        <div className="row">
          <button
            type="button"
            className="primary"
            disabled={making !== undefined || !numbers || numbers.removed === 0}
            onClick={make}
          >
            Make the smaller model
          </button>
          <button
            type="button"
            disabled={making !== undefined || !numbers || numbers.removed === 0}
            onClick={async () => {
              const html = await studio.report();
              if (html !== undefined) download(`${stem}-plan.html`, html, "text/html");
            }}
          >
            Report of the plan
          </button>
          {making !== undefined ? (
            <button type="button" onClick={cancel}>
              Cancel
            </button>
          ) : null}
        </div>
        {making !== undefined ? (
          <p role="status">
            {making.text}
            <progress
              {...(making.share === undefined ? {} : { value: making.share })}
              aria-label={making.text}
            />
          </p>
        ) : null}
      </section>
      {made ? (
        <section aria-label="The smaller model">
          <h2>The smaller model</h2>
          <table className="numbers">
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
          {made.recovery ? <p>{made.recovery}</p> : null}
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
            <button
              type="button"
              onClick={() =>
                download(
                  `${stem}-recipe.json`,
                  `${JSON.stringify(made.recipe, null, 2)}\n`,
                  "application/json",
                )
              }
            >
              Recipe
            </button>
            <button
              type="button"
              onClick={() =>
                download(
                  `${stem}-report.json`,
                  `${JSON.stringify(made.report, null, 2)}\n`,
                  "application/json",
                )
              }
            >
              Report as JSON
            </button>
            <button type="button" onClick={() => download(`${stem}-report.html`, made.html, "text/html")}>
              Report as one HTML file
            </button>
          </div>
        </section>
      ) : null}
      <section aria-label="Share">
        <h2>Share</h2>
        <button
          type="button"
          onClick={() => {
            const link = studio.link();
            history.replaceState(undefined, "", link);
            navigator.clipboard?.writeText(link).catch(() => {
              // The address bar has it.
            });
          }}
        >
          Copy a link to these options
        </button>
        <p className="note">
          The link holds the options, never the model: who opens it opens the same model there.
        </p>
      </section>
    </>
  );
}
