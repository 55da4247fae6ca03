import type { ReportedCurve } from "../html.js";

const width = 560;
const height = 260;
const margin = { left: 64, right: 16, top: 12, bottom: 40 };

const text = (value: string): string =>
  value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);

/** A curve as SVG. */
export function curvePicture({ title, x, y, points }: ReportedCurve): string {
  const xs = points.map(([value]) => value);
  const ys = points.map(([, value]) => value);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  const [y0, y1] = [Math.min(...ys), Math.max(...ys)];
  const px = (value: number): number =>
    margin.left + ((value - x0) / (x1 - x0 || 1)) * (width - margin.left - margin.right);
  const py = (value: number): number =>
    height - margin.bottom - ((value - y0) / (y1 - y0 || 1)) * (height - margin.top - margin.bottom);
  const line = points
    .map(([a, b], i) => `${i === 0 ? "M" : "L"}${px(a).toFixed(1)} ${py(b).toFixed(1)}`)
    .join("");
  const label = (value: number): string => value.toPrecision(3);
  return `<figure><figcaption>${text(title)}</figcaption><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(title)}">
<path d="M${margin.left} ${margin.top}V${height - margin.bottom}H${width - margin.right}" fill="none" stroke="currentColor" opacity="0.4"/>
<path d="${line}" fill="none" stroke="var(--accent)" stroke-width="2"/>
${points.map(([a, b]) => `<circle cx="${px(a).toFixed(1)}" cy="${py(b).toFixed(1)}" r="3" fill="var(--accent)"><title>${label(a)}, ${label(b)}</title></circle>`).join("")}
<text x="${margin.left - 8}" y="${py(y1) + 4}" text-anchor="end">${label(y1)}</text><text x="${margin.left - 8}" y="${py(y0) + 4}" text-anchor="end">${label(y0)}</text>
<text x="${px(x0)}" y="${height - margin.bottom + 16}">${label(x0)}</text><text x="${px(x1)}" y="${height - margin.bottom + 16}" text-anchor="end">${label(x1)}</text>
<text x="${width / 2}" y="${height - 6}" text-anchor="middle">${text(x)}</text><text x="14" y="${height / 2}" text-anchor="middle" transform="rotate(-90 14 ${height / 2})">${text(y)}</text></svg></figure>`;
}
