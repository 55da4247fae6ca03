import type { Row, Table } from "./curve.js";

const [width, height, margin, legend] = [340, 260, 46, 30];

const lines: readonly {
  readonly name: string;
  readonly of: (row: Row) => number;
  readonly colour: string;
}[] = [
  { name: "recovered", of: ({ recovered }) => recovered, colour: "#228833" },
  { name: "symmetric", of: ({ symmetric }) => symmetric, colour: "#4477aa" },
  { name: "cut only", of: ({ cut }) => cut, colour: "#ee6677" },
];

/** A panel for each model: accuracy against what is left of the multiply-accumulates. */
export function svg(tables: readonly Table[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${tables.length * width} ${height + legend}" font-family="sans-serif" font-size="11">`,
    "<title>Accuracy against the share of MACs left, by what was done after the cut</title>",
    `<rect width="100%" height="100%" fill="white"/>`,
    ...tables.map((table, i) => panel(table, i * width)),
    ...lines.map(
      ({ name, colour }, i) =>
        `<g transform="translate(${margin + i * 110} ${height + 12})"><path d="M0 0h20" stroke="${colour}" stroke-width="2"/><text x="26" y="4">${name}</text></g>`,
    ),
    `<g transform="translate(${margin + 330} ${height + 12})"><path d="M0 0h20" stroke="#555" stroke-dasharray="3 3"/><text x="26" y="4">the original</text></g>`,
    "</svg>",
    "",
  ].join("\n");
}

const round = (value: number): number => Math.round(10 * value) / 10;
const x = (macs: number): number => round(margin + macs * (width - margin - 16));
const y = (percent: number): number => round(height - 36 - (percent / 100) * (height - 72));

function panel({ name, dense, rows }: Table, left: number): string {
  const grid = [0, 25, 50, 75, 100].map(
    (at) =>
      `<path d="M${x(at / 100)} ${y(0)}V${y(100)}M${x(0)} ${y(at)}H${x(1)}" stroke="#e5e5e5"/>` +
      `<text x="${x(at / 100)}" y="${y(0) + 14}" text-anchor="middle">${at}</text>` +
      `<text x="${x(0) - 6}" y="${y(at) + 4}" text-anchor="end">${at}</text>`,
  );
  const paths = lines.map(({ of, colour }) => {
    const points = [`${x(1)} ${y(dense)}`, ...rows.map((row) => `${x(row.macs)} ${y(of(row))}`)];
    const dots = points.map((point) => {
      const [cx, cy] = point.split(" ");
      return `<circle cx="${cx}" cy="${cy}" r="2.2" fill="${colour}"/>`;
    });
    return `<path d="M${points.join("L")}" fill="none" stroke="${colour}" stroke-width="1.5"/>${dots.join("")}`;
  });
  return [
    `<g transform="translate(${left} 0)">`,
    `<text x="${x(0.5)}" y="20" text-anchor="middle" font-size="13">${name}</text>`,
    ...grid,
    `<path d="M${x(0)} ${y(dense)}H${x(1)}" stroke="#555" stroke-dasharray="3 3"/>`,
    `<text x="${x(0.5)}" y="${height - 6}" text-anchor="middle">MACs left, %</text>`,
    `<text transform="translate(12 ${y(50)}) rotate(-90)" text-anchor="middle">accuracy, %</text>`,
    ...paths,
    "</g>",
  ].join("\n");
}
