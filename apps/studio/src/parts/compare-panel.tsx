import type { Studio } from "../page.js";
import { pickedFiles } from "./files.js";
import { Shapes } from "./shapes.js";

/** The open model beside another one, or beside what a recipe makes of it. */
export function ComparePanel({ studio }: { readonly studio: Studio }): React.ReactElement {
  const { compared, compare } = studio;
  return (
    <>
      <section aria-label="Compare">
        <p>Open another model, or a recipe of this one: the graph shows the share that was removed.</p>
        <input
          type="file"
          multiple
          aria-label="Another model or a recipe"
          onChange={(event) => compare(pickedFiles(event.target.files))}
        />
      </section>
      {compared ? (
        <section aria-label="Differences">
          <h2>
            {compared.changes.length} {compared.changes.length === 1 ? "tensor differs" : "tensors differ"}{" "}
            from {compared.name}
          </h2>
          <table className="shapes">
            <thead>
              <tr>
                <th scope="col">tensor</th>
                <th scope="col">here → there</th>
              </tr>
            </thead>
            <tbody>
              {compared.changes.slice(0, 500).map(({ tensor, before, after }) => (
                <tr key={tensor}>
                  <td>
                    <code>{tensor}</code>
                  </td>
                  <td>
                    <Shapes before={before} after={after ?? "–"} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </>
  );
}
