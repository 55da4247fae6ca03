// Differentiates graphs of the zoo by all of their float parameters, compares with central differences, and writes
// docs/gradients.md of all that the log has. What is in the log is not run again.
//   pnpm gradients [--log FILE] [--page] [NAME | FILE.onnx]...
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { hydrated, zooNames } from "../zoo/zoo.js";
import { checkGradients } from "./check.js";
import { isWhole, page, type Row } from "./page.js";

const { values, positionals } = parseArgs({
  options: {
    log: { type: "string", default: ".cache/gradients.jsonl" },
    page: { type: "boolean", default: false },
  },
  allowPositionals: true,
});
const { log } = values;
const known = readLog();
const chosen =
  positionals.length > 0 ? positionals : values.page ? [] : zooNames().filter((name) => !known.has(name));
for (const name of chosen) {
  const row = await rowOf(name);
  mkdirSync(dirname(log), { recursive: true });
  appendFileSync(log, `${JSON.stringify(row)}\n`);
  console.log(isWhole(row) ? "whole " : "PART  ", JSON.stringify(row));
}
if (positionals.length === 0)
  writeFileSync(
    "docs/gradients.md",
    page([...readLog().values()], zooNames().length, new Date().toISOString().slice(0, 10)),
  );

async function rowOf(name: string): Promise<Row> {
  let best: Row = { name, failed: "it was not run" };
  for (const weights of ["wide", "own"] as const) {
    const path = name.endsWith(".onnx") ? name : await hydrated(name, { lively: weights === "wide" });
    if (path === undefined) return best;
    try {
      const row = { name, weights, ...(await checkGradients(path)) };
      if ("failed" in best || row.error < best.error) best = row;
      if (isWhole(row) || row.stops.length > 0 || name.endsWith(".onnx")) return best;
    } catch (error) {
      if ("failed" in best) best = { name, failed: error instanceof Error ? error.message : String(error) };
    }
  }
  return best;
}

function readLog(): Map<string, Row> {
  const rows = new Map<string, Row>();
  if (!existsSync(log)) return rows;
  for (const text of readFileSync(log, "utf8").split("\n").filter(Boolean)) {
    const row = JSON.parse(text) as Row;
    rows.set(row.name, row);
  }
  return rows;
}
