import type { Run } from "./runs.js";

const [width, height, margin, legend] = [340, 260, 46, 30];
const colours: Readonly<Record<string, string>> = {
  l1: "#4477aa",
  l2: "#ee6677",
  lamp: "#228833",
  fpgm: "#ccbb44",
  "bn-scale": "#66ccee",
  random: "#999999",
};

/** A panel for each model: accuracy against MACs, a line for each criterion; solid by layer, dashed globally. */
export function svg(list: readonly Run[]): string {
  const models = [...new Set(list.map(({ model }) => model))];
  const size = `${models.length * width} ${height + legend}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" font-family="sans-serif" font-size="11">`,
    "<title>Accuracy against the share of MACs kept, by criterion and ranking</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    ...models.map((model, i) =>
      panel(
        list.filter((run) => run.model === model),
        i * width,
      ),
    ),
    ...Object.entries(colours).map(
      ([name, colour], i) =>
        `<g transform="translate(${20 + i * 90} ${height + 12})"><path d="M0 0h20" stroke="${colour}" stroke-width="2"/><text x="26" y="4">${name}</text></g>`,
    ),
    `<text x="570" y="${height + 16}">solid: local, dashed: global</text>`,
    "</svg>",
    "",
  ].join("\n");
}

const x = (macs: number): number => Math.round(10 * (margin + macs * (width - margin - 16))) / 10;
const y = (top1: number): number => Math.round(10 * (height - 36 - top1 * (height - 72))) / 10;

function panel(list: readonly Run[], left: number): string {
  const [whole] = list;
  if (!whole) return "";
  const lines = new Map<string, Run[]>();
  for (const run of list.filter(({ ratio }) => ratio > 0)) {
    const key = `${run.criterion} ${run.ranking}`;
    lines.set(key, [...(lines.get(key) ?? [whole]), run]);
  }
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (at) =>
      `<path d="M${x(at)} ${y(0)}V${y(1)}M${x(0)} ${y(at)}H${x(1)}" stroke="#e5e5e5"/>` +
      `<text x="${x(at)}" y="${y(0) + 14}" text-anchor="middle">${100 * at}</text>` +
      `<text x="${x(0) - 6}" y="${y(at) + 4}" text-anchor="end">${100 * at}</text>`,
  );
  const paths = [...lines.values()].map((runs) => {
    const { criterion, ranking } = runs[1] as Run;
    const points = runs.map(({ macs, top1 }) => `${x(macs)} ${y(top1)}`).join("L");
    const dash = ranking === "global" ? ' stroke-dasharray="5 3"' : "";
    return `<path d="M${points}" fill="none" stroke="${colours[criterion]}" stroke-width="1.5"${dash}/>`;
  });
  return [
    `<g transform="translate(${left} 0)">`,
    `<text x="${x(0.5)}" y="20" text-anchor="middle" font-size="13">${whole.model}</text>`,
    ...grid,
    `<text x="${x(0.5)}" y="${height - 6}" text-anchor="middle">MACs left, %</text>`,
    `<text transform="translate(12 ${y(0.5)}) rotate(-90)" text-anchor="middle">accuracy, %</text>`,
    ...paths,
    "</g>",
  ].join("\n");
}
