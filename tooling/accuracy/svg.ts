import { names } from "./criteria.js";
import type { Run } from "./runs.js";

const [width, height, margin, legend, across] = [300, 220, 40, 34, 4];
const colours = [
  "#4477aa",
  "#ee6677",
  "#228833",
  "#ccbb44",
  "#66ccee",
  "#aa3377",
  "#ee8866",
  "#000000",
  "#44bb99",
  "#0000dd",
  "#bbbbbb",
];

/** A panel for each network: accuracy against MACs, a line for each criterion; solid by layer, dashed globally. */
export function svg(list: readonly Run[]): string {
  const models = [...new Set(list.map(({ model }) => model))];
  const rows = Math.ceil(models.length / across);
  const size = `${Math.min(across, models.length) * width} ${rows * height + legend}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size}" font-family="sans-serif" font-size="11">`,
    "<title>Accuracy against the share of MACs kept, by criterion and ranking</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    ...models.map((model, i) =>
      panel(
        list.filter((run) => run.model === model),
        (i % across) * width,
        Math.floor(i / across) * height,
      ),
    ),
    ...names.map(
      (name, i) =>
        `<g transform="translate(${16 + i * 92} ${rows * height + 12})"><path d="M0 0h14" stroke="${colours[i]}" stroke-width="2"/><text x="18" y="4">${name}</text></g>`,
    ),
    `<text x="16" y="${rows * height + 30}">solid: layer by layer, dashed: all layers ranked together</text>`,
    "</svg>",
    "",
  ].join("\n");
}

const x = (macs: number): number => Math.round(10 * (margin + macs * (width - margin - 16))) / 10;
const y = (top1: number): number => Math.round(10 * (height - 36 - (top1 / 100) * (height - 66))) / 10;

function panel(list: readonly Run[], left: number, top: number): string {
  const [whole] = list;
  if (!whole) return "";
  const lines = new Map<string, Run[]>();
  for (const run of list.filter(({ ratio, ranking }) => ratio > 0 && ranking !== "isomorphic")) {
    const key = `${run.criterion} ${run.ranking}`;
    lines.set(key, [...(lines.get(key) ?? [whole]), run]);
  }
  const grid = [0, 0.25, 0.5, 0.75, 1].map(
    (at) =>
      `<path d="M${x(at)} ${y(0)}V${y(100)}M${x(0)} ${y(100 * at)}H${x(1)}" stroke="#e5e5e5"/>` +
      `<text x="${x(at)}" y="${y(0) + 14}" text-anchor="middle">${100 * at}</text>` +
      `<text x="${x(0) - 6}" y="${y(100 * at) + 4}" text-anchor="end">${100 * at}</text>`,
  );
  const paths = [...lines.values()].map((runs) => {
    const { criterion, ranking } = runs[1] as Run;
    const points = runs.map(({ macs, top1 }) => `${x(macs)} ${y(top1)}`).join("L");
    const dash = ranking === "global" ? ' stroke-dasharray="5 3"' : "";
    return `<path d="M${points}" fill="none" stroke="${colours[names.indexOf(criterion)]}" stroke-width="1.2"${dash}/>`;
  });
  return [
    `<g transform="translate(${left} ${top})">`,
    `<text x="${x(0.5)}" y="20" text-anchor="middle" font-size="12">${whole.model.split("/").at(-1)}</text>`,
    ...grid,
    `<text x="${x(0.5)}" y="${height - 6}" text-anchor="middle">MACs left, %</text>`,
    `<text transform="translate(12 ${y(50)}) rotate(-90)" text-anchor="middle">accuracy, %</text>`,
    ...paths,
    "</g>",
  ].join("\n");
}
