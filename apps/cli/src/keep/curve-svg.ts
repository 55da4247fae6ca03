import { barText, type JudgedModel, type KeepEstimate } from "@prune/pruner/advanced";
import type { KeepReport } from "@prune/workflow/advanced";

const [width, height] = [480, 352];
const plot = { left: 60, right: 460, top: 46, bottom: 264 };
const colours = { held: "#228833", missed: "#ee6677", line: "#4477aa", confirmed: "#ccc" };

/** What is held against what is left: every budget with its standard error, and the bar. */
export function curveSvg(report: KeepReport): string {
  const { points, original, confirmations, measure, least, resource, samples } = report;
  const estimateOf = (point: JudgedModel): KeepEstimate => point[measure] as KeepEstimate;
  const all = [{ ...original, left: 1, holds: true }, ...points].sort((a, b) => a.left - b.left);
  const ends = [...all, ...confirmations].flatMap((point) => {
    const { value, standardError } = estimateOf(point);
    return [value - standardError, value + standardError];
  });
  const most = measure === "change" ? Number.POSITIVE_INFINITY : 1;
  const [low, high] = rounded(Math.min(least, ...ends), Math.min(most, Math.max(least, ...ends)), most);
  const x = (left: number): number => round(plot.left + left * (plot.right - plot.left));
  const y = (value: number): number =>
    round(plot.bottom - ((Math.min(value, high) - low) / (high - low)) * (plot.bottom - plot.top));
  const rows = [0, 0.25, 0.5, 0.75, 1].map((part) => low + part * (high - low));
  const dots = all.map((point) => {
    const { value, standardError } = estimateOf(point);
    const colour = point.holds ? colours.held : colours.missed;
    const [cx, from, to] = [x(point.left), y(value - standardError), y(value + standardError)];
    return `<path d="M${cx} ${from}V${to}M${cx - 3} ${from}h6M${cx - 3} ${to}h6" stroke="${colour}"/><circle cx="${cx}" cy="${y(value)}" r="3" fill="${colour}"/>`;
  });
  const bands = confirmations.map((point) => {
    const { value, standardError } = estimateOf(point);
    const [cx, from, to] = [x(point.left), y(value + standardError), y(value - standardError)];
    return `<rect x="${cx - 5}" y="${from}" width="10" height="${round(to - from)}" fill="${colours.confirmed}"/>`;
  });
  const diamonds = confirmations.map((point) => diamond(x(point.left), y(estimateOf(point).value)));
  const name = resource === "macs" ? "MACs" : resource;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<title>${measureName(measure)} against the share of ${name} left</title>`,
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${(plot.left + plot.right) / 2}" y="22" text-anchor="middle" font-size="13">to keep: ${barText(report)}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (left) =>
        `<path d="M${x(left)} ${plot.bottom}V${plot.top}" stroke="#e5e5e5"/><text x="${x(left)}" y="${plot.bottom + 16}" text-anchor="middle">${100 * left}</text>`,
    ),
    ...rows.map(
      (value) =>
        `<path d="M${plot.left} ${y(value)}H${plot.right}" stroke="#e5e5e5"/><text x="${plot.left - 8}" y="${y(value) + 4}" text-anchor="end">${Number((100 * value).toFixed(2))}</text>`,
    ),
    `<path d="M${plot.left} ${y(least)}H${plot.right}" stroke="#555" stroke-dasharray="4 3"/>`,
    ...bands,
    `<path d="M${all.map((point) => `${x(point.left)} ${y(estimateOf(point).value)}`).join("L")}" fill="none" stroke="${colours.line}" stroke-width="1.5"/>`,
    ...dots,
    ...diamonds,
    `<text x="${(plot.left + plot.right) / 2}" y="${plot.bottom + 34}" text-anchor="middle">${name} left, %</text>`,
    `<text transform="translate(16 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle">${measureName(measure)}, %</text>`,
    `<g transform="translate(${plot.left} ${height - 30})"><circle cx="4" cy="-4" r="3" fill="${colours.held}"/><text x="12">held</text><circle cx="54" cy="-4" r="3" fill="${colours.missed}"/><text x="62">not held, on the ${samples.judging} samples of the search</text></g>`,
    `<g transform="translate(${plot.left} ${height - 12})">${diamond(4, -4)}<text x="12">on ${samples.confirming} samples without a part in it</text><text x="250">bars: one standard error</text></g>`,
    "</svg>",
    "",
  ].join("\n");
}

const diamond = (cx: number, cy: number): string =>
  `<path d="M${cx} ${round(cy - 4)}l4 4l-4 4l-4 -4z" fill="white" stroke="#222"/>`;

const measureName = (measure: KeepReport["measure"]): string =>
  measure === "change" ? "change of accuracy" : measure;

const round = (value: number): number => Math.round(10 * value) / 10;

/** Ends on whole steps, so that quarters of the range are short numbers; none above what there can be at most. */
function rounded(low: number, high: number, most: number): readonly [number, number] {
  const steps = [0.01, 0.02, 0.04, 0.1, 0.2, 0.4, 1];
  const span = Math.max(high - low, 0.01);
  const step = steps.find((size) => size * 4 >= span) ?? 1;
  const from = Math.floor(low / step) * step;
  const to = Math.max(Math.ceil(high / step) * step, from + 4 * step);
  if (to <= most) return [from, to];
  return [most - 4 * (steps.find((size) => most - 4 * size <= low) ?? 1), most];
}
