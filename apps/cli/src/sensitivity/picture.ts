import { basename } from "node:path";
import type { CurvesFile, Metric } from "@prune/workflow/advanced";
import { percent } from "../terminal/numbers.js";

const [width, height] = [230, 150];
const plot = { left: 44, right: 12, top: 26, bottom: 22 } as const;
const [head, foot, side] = [58, 46, 26];
const colour = "#4477aa";

export const metricNames: Readonly<Record<Metric, string>> = {
  kl: "KL divergence from the original's answers (nats)",
  error: "squared error, relative to the variance of the original's answers",
  accuracy: "accuracy lost",
};

const labels: Readonly<Record<Metric, string>> = {
  kl: "KL divergence (nats)",
  error: "squared error / variance",
  accuracy: "accuracy lost",
};

type Curve = CurvesFile["curves"][number];

/** A panel for each axis: error against the share of its units that leaves, on one logarithmic scale for all. */
export function picture({ model, curves, metric, samples, criterion }: CurvesFile): string {
  const columns = Math.max(2, Math.min(4, Math.ceil(Math.sqrt(curves.length))));
  const rows = Math.ceil(curves.length / columns);
  const scale = scaleOf(curves);
  const [w, h] = [side + columns * width + 10, head + rows * height + foot];
  const title = `Sensitivity of ${basename(model)}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" height="${h}" font-family="sans-serif" font-size="10">`,
    `<title>${escaped(title)}</title>`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${side}" y="22" font-size="15" font-weight="bold">${escaped(title)}</text>`,
    `<text x="${side}" y="40" fill="#555">units of one axis leave alone, lowest ${escaped(criterion)} first; ${samples} samples</text>`,
    ...curves.map((curve, i) =>
      panel(curve, scale, side + (i % columns) * width, head + Math.floor(i / columns) * height),
    ),
    `<text x="${side + (columns * width) / 2}" y="${h - foot + 14}" text-anchor="middle">share of the axis's units removed</text>`,
    `<text transform="translate(16 ${head + (rows * height) / 2}) rotate(-90)" text-anchor="middle">${labels[metric]}</text>`,
    `<g transform="translate(${side + plot.left} ${h - 14})"><path d="M0 -3h20" stroke="${colour}" stroke-width="1.6"/><circle cx="10" cy="-3" r="2.6" fill="${colour}"/><text x="26">measured</text>` +
      `<circle cx="102" cy="-3" r="2.6" fill="white" stroke="${colour}"/><text x="110">${scale.low.toExponential(0)} or less</text></g>`,
    "</svg>",
    "",
  ].join("\n");
}

/** Powers of ten around the errors, four at most below the largest. */
interface Scale {
  readonly low: number;
  readonly high: number;
}

function scaleOf(curves: readonly Curve[]): Scale {
  const errors = curves
    .flatMap(({ points }) => points.map(({ error }) => error))
    .filter((error) => error > 0);
  const high = Math.ceil(Math.log10(errors.reduce((a, b) => Math.max(a, b), 1e-3)));
  const low = Math.floor(Math.log10(errors.reduce((a, b) => Math.min(a, b), 10 ** (high - 1))));
  return { low: 10 ** Math.max(low, high - 5), high: 10 ** high };
}

function panel({ axis, units, points }: Curve, { low, high }: Scale, left: number, top: number): string {
  const [x0, x1] = [plot.left, width - plot.right];
  const [y0, y1] = [height - plot.bottom, plot.top];
  const x = (ratio: number): number => round(x0 + ratio * (x1 - x0));
  const y = (error: number): number =>
    round(y0 - (Math.log(Math.max(error, low) / low) / Math.log(high / low)) * (y0 - y1));
  const powers = Array.from(
    { length: Math.round(Math.log10(high / low)) + 1 },
    (_, i) => 10 ** (Math.round(Math.log10(low)) + i),
  );
  const across = powers.map(
    (power) =>
      `<path d="M${x0} ${y(power)}H${x1}" stroke="#e5e5e5"/><text x="${x0 - 5}" y="${y(power) + 3}" text-anchor="end" fill="#555">${powerText(power)}</text>`,
  );
  const along = [0, 0.5, 1].map(
    (ratio) =>
      `<path d="M${x(ratio)} ${y0}V${y1}" stroke="#e5e5e5"/><text x="${x(ratio)}" y="${y0 + 13}" text-anchor="middle" fill="#555">${100 * ratio} %</text>`,
  );
  const line = points.map(({ ratio, error }) => `${x(ratio)} ${y(error)}`).join("L");
  const dots = points.map(
    ({ ratio, error, removed }) =>
      `<circle cx="${x(ratio)}" cy="${y(error)}" r="2.6" fill="${error > low ? colour : "white"}" stroke="${colour}"><title>${removed} of ${units} (${percent(ratio)}): ${error.toPrecision(3)}</title></circle>`,
  );
  return [
    `<g transform="translate(${left} ${top})">`,
    `<text x="${x0}" y="${y1 - 8}" font-weight="bold">${escaped(shortened(axis))}<tspan dx="6" font-weight="normal" fill="#555">${units} units</tspan></text>`,
    ...across,
    ...along,
    `<path d="M${line}" fill="none" stroke="${colour}" stroke-width="1.6"/>`,
    ...dots,
    "</g>",
  ].join("");
}

const round = (value: number): number => Math.round(value * 10) / 10;
const powerText = (power: number): string =>
  power >= 0.01 && power <= 100 ? String(Number(power.toPrecision(1))) : power.toExponential(0);
/** The end of a long name says more than its start. */
const shortened = (axis: string): string => (axis.length > 24 ? `…${axis.slice(-23)}` : axis);
const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
