import type { Checked } from "./measured-flow.js";

const milliseconds = (value: number): string =>
  value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toPrecision(3)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

const columns: readonly (readonly [string, (row: Checked) => string])[] = [
  ["model", ({ name }) => name],
  ["nodes", ({ nodes }) => String(nodes)],
  ["open to first picture", ({ open }) => milliseconds(open)],
  ["slider to numbers, median", ({ slider }) => milliseconds(slider.median)],
  ["worst", ({ slider }) => milliseconds(slider.worst)],
  ["prune", ({ prune }) => milliseconds(prune)],
  ["law", ({ law }) => milliseconds(law)],
  ["frames/s, near and far", ({ frames }) => `${Math.round(frames.near)}, ${Math.round(frames.far)}`],
  ["memory, planned", ({ memory }) => megabytes(memory.planned)],
  ["made", ({ memory }) => megabytes(memory.made)],
  ["layout shift", ({ shift }) => shift.toFixed(3)],
  ["load", ({ load }) => load.toFixed(1)],
];

export const lineOf = (row: Checked): string =>
  columns.map(([title, print]) => `${title} ${print(row)}`).join(" | ");

const marks = ["<!-- made by pnpm studio:check --write -->", "<!-- until here -->"] as const;

/** The document with the table in its place. */
export function documentOf(
  rows: readonly Checked[],
  { commit, before }: { readonly commit: string; readonly before: string },
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns.map(([title]) => title)),
    line(columns.map(() => "---")),
    ...rows.map((row) => line(columns.map(([, print]) => print(row)))),
  ].join("\n");
  const [head = "", rest = ""] = before.split(marks[0]);
  const [, tail = ""] = rest.split(marks[1]);
  return `${head}${marks[0]}\n\nMeasured at ${commit}.\n\n${table}\n\n${marks[1]}${tail}`;
}
