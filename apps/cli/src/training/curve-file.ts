import type { NewFile } from "@prune/workflow";
import { jsonFile, type TrainingReport, textFile } from "@prune/workflow/advanced";
import { percent } from "../terminal/numbers.js";

/** How a training went, in the form that its file's name says. */
export const curveFile = (path: string, report: TrainingReport): NewFile =>
  /\.svg$/i.test(path) ? textFile(path, curveSvg(report)) : jsonFile(path, report);

const [width, height] = [480, 320];
const plot = { left: 60, right: 420, top: 46, bottom: 250 };
const colours = { loss: "#4477aa", accuracy: "#228833", best: "#222" };

/** Loss on the left and, with labels, accuracy on the right, both on what was held out, by step. */
export function curveSvg({ curve, best, samples, steps }: TrainingReport): string {
  const points = curve.filter(({ loss }) => Number.isFinite(loss));
  const x = (step: number): number =>
    round(plot.left + (step / Math.max(steps, 1)) * (plot.right - plot.left));
  const losses = axisOf(
    points.map(({ loss }) => loss),
    Number.POSITIVE_INFINITY,
  );
  const rated = points.filter(({ accuracy }) => accuracy !== undefined);
  const accuracies = axisOf(
    rated.map(({ accuracy }) => accuracy as number),
    1,
  );
  const line = (of: readonly (readonly [number, number])[], colour: string): string[] => [
    `<path d="M${of.map(([cx, cy]) => `${cx} ${cy}`).join("L")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
    ...of.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="2.5" fill="${colour}"/>`),
  ];
  const middle = (plot.left + plot.right) / 2;
  const ticks = [0, 0.25, 0.5, 0.75, 1];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    "<title>Loss and accuracy on held-out samples, by step</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    `<text x="${middle}" y="22" text-anchor="middle" font-size="13">best after step ${best.step}: loss ${best.loss.toFixed(4)}${best.accuracy === undefined ? "" : `, ${percent(best.accuracy)}`}</text>`,
    ...ticks.map((part) => {
      const [cy, at] = [round(plot.bottom - part * (plot.bottom - plot.top)), x(part * steps)];
      const right =
        rated.length > 0
          ? `<text x="${plot.right + 8}" y="${cy + 4}">${Number((100 * accuracies.at(part)).toFixed(1))}</text>`
          : "";
      return `<path d="M${plot.left} ${cy}H${plot.right}" stroke="#e5e5e5"/><text x="${plot.left - 8}" y="${cy + 4}" text-anchor="end">${Number(losses.at(part).toPrecision(3))}</text>${right}<text x="${at}" y="${plot.bottom + 16}" text-anchor="middle">${Math.round(part * steps)}</text>`;
    }),
    `<path d="M${x(best.step)} ${plot.top}V${plot.bottom}" stroke="${colours.best}" stroke-dasharray="4 3"/>`,
    ...line(
      points.map(({ step, loss }) => [x(step), losses.y(loss)] as const),
      colours.loss,
    ),
    ...(rated.length > 0
      ? line(
          rated.map(({ step, accuracy }) => [x(step), accuracies.y(accuracy as number)] as const),
          colours.accuracy,
        )
      : []),
    `<text x="${middle}" y="${plot.bottom + 34}" text-anchor="middle">step, on what was held out of ${samples} samples</text>`,
    `<text transform="translate(16 ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle" fill="${colours.loss}">loss</text>`,
    ...(rated.length > 0
      ? [
          `<text transform="translate(${width - 10} ${(plot.top + plot.bottom) / 2}) rotate(-90)" text-anchor="middle" fill="${colours.accuracy}">accuracy, %</text>`,
        ]
      : []),
    "</svg>",
    "",
  ].join("\n");
}

interface Axis {
  /** The value at a share of the axis from below. */
  at(part: number): number;
  /** Where a value lies in the picture. */
  y(value: number): number;
}

function axisOf(values: readonly number[], most: number): Axis {
  const [low, high] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)];
  const spare = Math.max(high - low, 1e-3 * Math.max(Math.abs(high), 1)) * 0.05;
  const [from, to] = [Math.max(0, low - spare), Math.min(most, high + spare)];
  return {
    at: (part) => from + part * (to - from),
    y: (value) => round(plot.bottom - ((value - from) / (to - from)) * (plot.bottom - plot.top)),
  };
}

const round = (value: number): number => Math.round(10 * value) / 10;
