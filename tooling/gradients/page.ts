import type { Checked } from "./check.js";

/** What became of one graph. */
export type Row = { readonly name: string } & (
  | (Checked & { readonly weights: "wide" | "own" })
  | { readonly failed: string }
);

const small = 30;

/** Largest difference that is allowed: of directional derivatives, relative. */
const allowed = (nodes: number): number => (nodes < small ? 1e-3 : 1e-2);

export const isWhole = (row: Row): boolean =>
  !("failed" in row) && row.stops.length === 0 && row.error !== null && row.error < allowed(row.nodes);

/** The table of all graphs, as docs/gradients.md. */
export function page(rows: readonly Row[], all: number, date: string): string {
  const whole = rows.filter(isWhole);
  const text = [...rows].sort((a, b) => (a.name < b.name ? -1 : 1)).map(line);
  return `# Gradients of the zoo

Graphs differentiated by all of its float parameters, running statistics of norms included, by \`pnpm gradients\`, ${date}. The log has ${rows.length} of the ${all} graphs; ${whole.length} of these are whole: every parameter that the outputs depend on has a gradient, and derivatives along directions in which every tensor has a part agree with central differences of the loss, in float32 on onnxruntime, within ${allowed(small)} (${allowed(0)} for graphs of fewer than ${small} nodes) at the step that suits the graph best. The loss is a sum of all float outputs times fixed numbers drawn at random.

*Weights*: wide ones, with which all outputs depend on the input, or where differences resolve nothing there (a deep network of kinks moves by more than the gradient says at any step that float32 can see), the exporter's own. Where activations are rounded to integers, the rounding is left out, as its difference is zero or endless. *Constants* are operators that a gradient met whose output does not move with their input.

| graph | nodes | parameters | error | step | weights | what is not whole |
|---|---|---|---|---|---|---|
${text.join("\n")}
`;
}

function line(row: Row): string {
  if ("failed" in row) return `| ${row.name} | | | | | | ${row.failed.replaceAll("|", "/").slice(0, 160)} |`;
  const stops = row.stops.map(({ op, why, parameters }) => `${op} (${parameters} behind it): ${why}`);
  const notes = [
    ...new Set(stops),
    ...(row.constants.length > 0 ? [`constants: ${row.constants.join(", ")}`] : []),
    ...(isWhole(row) || stops.length > 0 ? [] : ["differences disagree, or resolve nothing"]),
  ];
  const reached =
    row.reached === row.parameters ? `${row.parameters}` : `${row.reached} of ${row.parameters}`;
  const error = row.error === null ? "" : row.error.toExponential(1);
  return `| ${row.name} | ${row.nodes} | ${reached} | ${error} | ${row.step} | ${row.weights} | ${notes.join("; ")} |`;
}
