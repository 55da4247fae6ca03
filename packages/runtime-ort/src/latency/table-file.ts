import { RuntimeError } from "../error.js";
import type { LatencyKey, LatencyTable } from "./table.js";

const format = "prune-latency/1";

/** Reads a table that was written as JSON; refuses what is no table, and says where. */
export function readLatencyTable(text: string): LatencyTable {
  const refuse = (where: string, want: string): never => {
    throw new RuntimeError("bad-table", { where, want });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("the file", "JSON");
  }
  const table = value as LatencyTable;
  if (!isObject(value) || table.format !== format) refuse("`format`", `"${format}"`);
  for (const name of ["model", "machine", "runtime"] as const)
    if (typeof table[name] !== "string") refuse(`\`${name}\``, "a text");
  if (!(Number.isInteger(table.threads) && table.threads > 0)) refuse("`threads`", "a whole number from 1");
  if (!isObject(table.inputs) || !Object.values(table.inputs).every((shape) => isNumbers(shape, 0)))
    refuse("`inputs`", "shapes by input");
  if (!isNumbers(table.runs, Number.MIN_VALUE) || table.runs.length === 0)
    refuse("`runs`", "milliseconds, one number for each cut model");
  if (!Array.isArray(table.operators)) refuse("`operators`", "a list");
  table.operators.forEach((operator, i) => {
    const where = `\`operators[${i}]\``;
    if (!isObject(operator) || typeof operator.op !== "string") refuse(where, "an operator with its `op`");
    const { axes, nodes, whole, points } = operator;
    const isAxis = (axis: unknown): boolean =>
      typeof axis === "string" && /^(elements|(input|output) \d+:\d+)$/.test(axis);
    if (!Array.isArray(axes) || !axes.every(isAxis))
      refuse(`${where}.axes`, "a list of axes such as `input 0:1`");
    if (!isNumbers(nodes, 0)) refuse(`${where}.nodes`, "a list of node numbers");
    if (!isNumbers(whole, 1) || whole.length !== axes.length)
      refuse(`${where}.whole`, "one size for each axis");
    const isPoint = (point: unknown): boolean =>
      isNumbers(point, 0) && point.length === axes.length + 2 && (point[0] as number) < table.runs.length;
    if (!Array.isArray(points) || points.length === 0 || !points.every(isPoint))
      refuse(`${where}.points`, "a list of [cut model, ...sizes of the axes, milliseconds]");
  });
  return table;
}

/** Refuses a table that was measured on something else. */
export function checkLatencyTable(table: LatencyTable, key: LatencyKey): void {
  for (const what of ["model", "machine", "runtime", "threads", "inputs"] as const) {
    const [found, here] = [table[what], key[what]].map((value) => JSON.stringify(value)) as [string, string];
    if (found !== here) throw new RuntimeError("other-table", { what, table: found, here });
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isNumbers = (value: unknown, least: number): value is readonly number[] =>
  Array.isArray(value) && value.every((n) => typeof n === "number" && Number.isFinite(n) && n >= least);
