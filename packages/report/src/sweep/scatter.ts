import { escaped } from "../escaped.js";

/** One point of a picture. */
export interface ScatterPoint {
  readonly x: number;
  readonly y: number;
  /** What is shown where a pointer rests on it. */
  readonly label: string;
  /** No other is better in both. */
  readonly isFront: boolean;
}

/** Points over two measures, with where the original lies. */
export interface Scatter {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly ScatterPoint[];
  /** Lines that the original lies on. */
  readonly original?: { readonly x?: number | undefined; readonly y?: number | undefined };
}

const width = 720;
const height = 420;
const margin = { left: 76, right: 20, top: 36, bottom: 52 };

/** Points and their front as one SVG file, for light and dark. */
export function scatterSvg({ title, x, y, points, original = {} }: Scatter): string {
  const across = scaleOf([...points.map((point) => point.x), original.x], margin.left, width - margin.right);
  const up = scaleOf([...points.map((point) => point.y), original.y], height - margin.bottom, margin.top);
  const front = points.filter(({ isFront }) => isFront).sort((a, b) => a.x - b.x);
  const place = (value: number): string => value.toFixed(1);
  const line = front
    .map((point, i) => `${i === 0 ? "M" : "L"}${place(across.at(point.x))} ${place(up.at(point.y))}`)
    .join("");
  const dots = [...points]
    .sort((a, b) => Number(a.isFront) - Number(b.isFront))
    .map(
      (point) =>
        `<circle class="${point.isFront ? "front" : "other"}" cx="${place(across.at(point.x))}" cy="${place(up.at(point.y))}" r="${point.isFront ? 4.5 : 3}"><title>${escaped(point.label)}</title></circle>`,
    );
  const ticks = [
    ...across.ticks.map(
      (value) =>
        `<path class="grid" d="M${place(across.at(value))} ${margin.top}V${height - margin.bottom}"/><text x="${place(across.at(value))}" y="${height - margin.bottom + 18}" text-anchor="middle">${tickText(value)}</text>`,
    ),
    ...up.ticks.map(
      (value) =>
        `<path class="grid" d="M${margin.left} ${place(up.at(value))}H${width - margin.right}"/><text x="${margin.left - 8}" y="${place(up.at(value) + 4)}" text-anchor="end">${tickText(value)}</text>`,
    ),
  ];
  const whole = [
    original.x === undefined
      ? ""
      : `<path class="original" d="M${place(across.at(original.x))} ${margin.top}V${height - margin.bottom}"/>`,
    original.y === undefined
      ? ""
      : `<path class="original" d="M${margin.left} ${place(up.at(original.y))}H${width - margin.right}"/>`,
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">
<style>svg{font:12px system-ui,sans-serif;color:#222;background:#fff}text{fill:currentColor}.grid{stroke:currentColor;opacity:.12}.original{stroke:currentColor;opacity:.6;stroke-dasharray:4 4}.line{fill:none;stroke:#1f6feb;stroke-width:1.5}.front{fill:#1f6feb}.other{fill:#8a8f98;opacity:.7}@media(prefers-color-scheme:dark){svg{color:#ddd;background:#16181d}.line{stroke:#6cb0ff}.front{fill:#6cb0ff}}</style>
<text x="${margin.left}" y="20" font-weight="600">${escaped(title)}</text>
${ticks.join("\n")}
${whole.join("")}
<path class="line" d="${line}"/>
${dots.join("\n")}
<text x="${(margin.left + width - margin.right) / 2}" y="${height - 12}" text-anchor="middle">${escaped(x)}</text>
<text x="18" y="${(margin.top + height - margin.bottom) / 2}" text-anchor="middle" transform="rotate(-90 18 ${(margin.top + height - margin.bottom) / 2})">${escaped(y)}</text>
</svg>
`;
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

/** From a little below the least to a little above the most, with about five round numbers. */
function scaleOf(values: readonly (number | undefined)[], from: number, to: number): Scale {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[];
  let [least, most] = [Infinity, -Infinity];
  for (const value of known) {
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  if (known.length === 0) [least, most] = [0, 1];
  const pad = (most - least || Math.abs(most) || 1) * 0.05;
  const [low, high] = [least - pad, most + pad];
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high; i++) ticks.push(Number((i * step).toPrecision(12)));
  return { ticks, at: (value) => from + ((value - low) / (high - low)) * (to - from) };
}

const tickText = (value: number): string =>
  Math.abs(value) >= 1000
    ? value.toLocaleString("en", { notation: "compact", maximumFractionDigits: 2 })
    : String(Number(value.toPrecision(4)));
