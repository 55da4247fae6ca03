import { escaped } from "../escaped.js";
import { type Scatter, scatterSvg } from "./scatter.js";

/** One candidate in the table. */
export interface SweepRow {
  /** What was asked for, in words. */
  readonly label: string;
  readonly model: string;
  /** One for each column; undefined where it was not measured. */
  readonly values: readonly (number | undefined)[];
  readonly isFront: boolean;
  /** Why it could not be made. */
  readonly why?: string;
  /** Files of the candidate, by what they are: paths from the page's folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What the page of a sweep shows. */
export interface SweepPage {
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly summary: string;
  readonly columns: readonly { readonly name: string; readonly print: (value: number) => string }[];
  readonly rows: readonly SweepRow[];
  readonly scatters: readonly Scatter[];
  /** How to make it again: the plan, say. */
  readonly reproduce: string;
}

/** A sweep as one HTML file that holds all that it shows: it opens from a disk without a network and runs no script. */
export function sweepPage({ title, summary, columns, rows, scatters, reproduce }: SweepPage): string {
  const best = rows.filter(({ isFront }) => isFront);
  const others = rows.filter(({ isFront }) => !isFront);
  const table = (name: string, some: readonly SweepRow[]): string =>
    `<table><caption>${name}</caption><thead><tr><th scope="col">candidate</th>${columns.map((column) => `<th scope="col">${escaped(column.name)}</th>`).join("")}<th></th></tr></thead><tbody>
${some.map((row) => rowOf(row, columns)).join("\n")}
</tbody></table>`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escaped(title)}</title>
<style>${style}</style>
<header>
<h1>${escaped(title)}</h1>
<p>${escaped(summary)}</p>
</header>
<main>
${scatters.map((scatter) => `<figure>${scatterSvg(scatter)}</figure>`).join("\n")}
<section aria-label="The front">
${table("The front", best)}
</section>
<section aria-label="Other candidates">
<details><summary>${others.length} other candidates</summary>
${table("Other candidates", others)}
</details>
</section>
<section aria-label="Reproduce">
<h2>Make it again</h2>
<pre>${escaped(reproduce)}</pre>
</section>
</main>
</html>
`;
}

function rowOf({ label, model, values, why, files = {} }: SweepRow, columns: SweepPage["columns"]): string {
  const links = Object.entries(files).map(
    ([name, path]) =>
      `<a href="${escaped(path.split("/").map(encodeURIComponent).join("/"))}">${escaped(name)}</a>`,
  );
  const cells =
    why === undefined
      ? values
          .map(
            (value, i) =>
              `<td>${value === undefined ? "" : escaped(columns[i]?.print(value) ?? String(value))}</td>`,
          )
          .join("")
      : `<td colspan="${columns.length}" class="why">${escaped(why)}</td>`;
  return `<tr><th scope="row"><code>${escaped(label)}</code> <small>${escaped(model)}</small></th>${cells}<td>${links.join(" ")}</td></tr>`;
}

const style = `:root{color-scheme:light dark;--line:#d0d4da;--dim:#5c636d}
@media(prefers-color-scheme:dark){:root{--line:#3a3f47;--dim:#a0a7b2}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:70rem;padding:1.5rem}
h1{font-size:1.5rem;margin:0}header p,small,.why{color:var(--dim)}
figure{margin:1rem 0}svg{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}caption{text-align:left;font-weight:600;padding:.5rem 0}
th,td{text-align:right;padding:.3rem .6rem;border-bottom:1px solid var(--line)}th[scope=row],th:first-child{text-align:left;font-weight:400}
code{overflow-wrap:anywhere}pre{overflow:auto;border:1px solid var(--line);border-radius:6px;padding:1rem}td.why{text-align:left}`;
