/// <reference path="./page/inlined.d.ts" />
import type { Cost } from "@prune/graph";
import { countedText } from "@prune/graph/advanced";
// biome-ignore lint/correctness/useImportExtensions: the query says how it is inlined
import palette from "../palette.css?text";
import { escaped } from "./escaped.js";
import type { LeftGroup } from "./groups/left-groups.js";
import { packed } from "./packed/packed-picture.js";
// biome-ignore lint/correctness/useImportExtensions: the query says how it is inlined
import style from "./page/page.css?text";
// biome-ignore lint/correctness/useImportExtensions: the query says how it is inlined
import script from "./page/page.ts?script";
import type { Picture } from "./picture.js";
import { percentText, shortNumber } from "./view/numbers.js";

/** What a report has to say of the whole: a part of `prune --report`'s JSON. */
export interface ReportedPruning {
  readonly model: string;
  readonly before: Cost;
  readonly after: Cost;
  readonly files?: { readonly before: number; readonly after: number };
  readonly groups: readonly {
    readonly axis: string;
    readonly part: string;
    readonly kept: number;
    readonly total: number;
    readonly why: readonly string[];
  }[];
  readonly frozen: readonly unknown[];
  readonly law?: unknown;
  readonly unverified?: string;
  readonly latency?: unknown;
}

/** Numbers of a curve, such as accuracy by MACs. */
export interface ReportedCurve {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** What a page shows: the picture of a network, and what a pruning did to it. */
export interface HtmlReport {
  readonly report: ReportedPruning;
  /** The network, with what was cut. */
  readonly picture: Picture;
  /** What left with the units of each layer, to light up in the graph: `leftGroups` finds it. */
  readonly left?: readonly LeftGroup[];
  readonly recipe?: unknown;
  readonly curves?: readonly ReportedCurve[];
  /** How to make it again: the command, say. */
  readonly reproduce?: string;
}

/**
 * A report as one HTML file that holds all that it shows: it opens from a disk without a network and asks for nothing.
 * The data can't end the script it lies in, whatever names a model has.
 */
export function htmlReport({
  report,
  picture,
  left = [],
  recipe,
  curves = [],
  reproduce,
}: HtmlReport): string {
  const { before, after, files, law, unverified, latency, groups } = report;
  const rows = [
    row("parameters", before.parameters, after.parameters, shortNumber),
    row("MACs", before.macs, after.macs, shortNumber),
    ...(files ? [row("file", files.before, files.after, (bytes) => `${shortNumber(bytes)}B`)] : []),
    ...(isLatency(latency)
      ? [row("latency", latency.before.median, latency.after.median, milliseconds)]
      : []),
  ];
  const counted = countedText(before, after);
  const data = { network: packed({ picture, groups: left }), curves };
  const lit = new Set(left.map(({ axis }) => axis));
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:">
<title>${escaped(`${report.model}, pruned`)}</title>
<style>${palette}${style}</style>
<header>
<h1>${escaped(report.model)}</h1>
<p>${escaped(headline(report))}</p>
</header>
<main>
<section class="numbers" aria-label="Before and after">
<table><thead><tr><th></th><th scope="col">before</th><th scope="col">after</th><th scope="col">change</th></tr></thead><tbody>
${rows.join("\n")}
</tbody></table>
${counted === undefined ? "" : `<p>${escaped(counted)}</p>\n`}<p class="${law ? "good" : "bad"}">${escaped(certificate(law, unverified))}</p>
</section>
<section aria-label="Graph">
<div class="tools">
<label>Colour <select id="colour"><option value="removed">share removed</option><option value="parameters">parameters</option><option value="macs">MACs</option><option value="frozen">frozen</option></select></label>
<button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="out" aria-label="Zoom out">−</button><button type="button" id="fit">Fit</button><button type="button" id="open">Open all</button><button type="button" id="close">Close all</button><button type="button" id="clear" hidden>Clear what is lit</button>
</div>
<div class="graph"><canvas id="graph" tabindex="0" role="img" aria-label="The network, block by block; the tables below hold the same numbers"></canvas><div id="node" aria-live="polite"></div></div>
</section>
<section aria-label="Curves" id="curves"></section>
<section aria-label="Layers">
<h2>Layers</h2>
${lit.size > 0 ? "<p>Choose a layer to light up all that left with its units, in the order in which the dependencies are walked.</p>\n" : ""}<table id="layers"><thead><tr><th scope="col">axis</th><th scope="col">part</th><th scope="col">units kept</th><th scope="col"></th></tr></thead><tbody>
${groups.map((group) => layerRow(group, lit.has(group.axis))).join("\n")}
</tbody></table>
</section>
${frozenSection(report.frozen)}
<section aria-label="Reproduce">
<h2>Make it again</h2>
${reproduce ? `<pre>${escaped(reproduce)}</pre>` : ""}
${recipe ? `<details><summary>The recipe</summary><pre>${escaped(shortened(JSON.stringify(recipe, null, 1)))}</pre></details>` : ""}
<details><summary>The report as JSON</summary><pre>${escaped(shortened(JSON.stringify(report, null, 1)))}</pre></details>
</section>
</main>
<script type="application/json" id="data">${inScript(JSON.stringify(data))}</script>
<script>${script}</script>
</html>
`;
}

const milliseconds = (value: number): string => `${value.toPrecision(3)} ms`;

const isLatency = (
  latency: unknown,
): latency is { readonly before: { readonly median: number }; readonly after: { readonly median: number } } =>
  typeof (latency as { before?: { median?: unknown } } | undefined)?.before?.median === "number";

/** The trade in one line. */
function headline({ before, after, latency }: ReportedPruning): string {
  const parts = [
    `${change(before.parameters, after.parameters)} parameters`,
    `${change(before.macs, after.macs)} MACs`,
    ...(isLatency(latency) ? [`${change(latency.before.median, latency.after.median)} latency`] : []),
  ];
  return parts.join(", ");
}

const change = (before: number | null, after: number | null): string =>
  before === null || after === null
    ? "unknown"
    : before === after || before === 0
      ? "0 %"
      : `${after < before ? "−" : "+"}${percentText(Math.abs(1 - after / before))}`;

function certificate(law: unknown, unverified: string | undefined): string {
  const { error, tolerance, seeds } = (law ?? {}) as { error?: number; tolerance?: number; seeds?: number };
  if (!law || error === undefined) return `Not proven: ${unverified ?? "the law was not checked"}`;
  return `Proven: the cut model equals the original with the removed units masked, within ${error.toExponential(1)} (at most ${tolerance} is allowed, ${seeds} inputs).`;
}

const row = <T extends number | null>(
  what: string,
  before: T,
  after: T,
  print: (value: T) => string,
): string =>
  `<tr><th scope="row">${what}</th><td>${print(before)}</td><td>${print(after)}</td><td>${change(before, after)}</td></tr>`;

const layerRow = (
  { axis, part, kept, total, why }: ReportedPruning["groups"][number],
  isLit: boolean,
): string =>
  `<tr><th scope="row">${isLit ? `<button type="button" class="link" aria-pressed="false" data-axis="${escaped(axis)}"><code>${escaped(axis)}</code></button>` : `<code>${escaped(axis)}</code>`}</th><td>${escaped(part)}</td><td>${kept} of ${total}</td><td><meter min="0" max="${total}" value="${kept}">${kept} of ${total}</meter>${why.length > 0 ? `<small>${escaped(why.join("; "))}</small>` : ""}</td></tr>`;

/** Each reason once, with how many axes it holds and one of them. */
function frozenSection(frozen: readonly unknown[]): string {
  const byReason = new Map<string, { axes: number; example: string }>();
  for (const axis of frozen as readonly {
    why?: string;
    reason?: string;
    axis?: string;
    tensor?: string;
    dim?: number;
  }[]) {
    const reason = axis.why ?? axis.reason ?? "it must stay";
    const example = axis.axis ?? `${axis.tensor ?? ""}:${axis.dim ?? ""}`;
    const known = byReason.get(reason);
    if (known) known.axes++;
    else byReason.set(reason, { axes: 1, example });
  }
  if (byReason.size === 0) return "";
  const items = [...byReason].map(
    ([reason, { axes, example }]) =>
      `<li>${escaped(reason)}: <code>${escaped(example)}</code>${axes > 1 ? ` and ${axes - 1} more` : ""}</li>`,
  );
  return `<section aria-label="What stays"><h2>What stays, and why</h2><ul>${items.join("")}</ul></section>`;
}

/** Recipes of large networks are long lists of numbers: the file stays small. */
const most = 120_000;
const shortened = (text: string): string =>
  text.length <= most
    ? text
    : `${text.slice(0, most)}\n… ${text.length - most} more characters; the JSON file has all`;

/** JSON that can't end or open a script element. */
const inScript = (json: string): string =>
  json.replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
