// Sets latency budgets on runnable models, measures the results against the originals, and prints what came of it.
//   pnpm budgets [FILE.onnx | NAME OF THE ZOO]...     (without any: those of docs/budgets.md, into it)

import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { plan } from "@prune/pruner";
import { samplePlans } from "@prune/pruner/advanced";
import { latencyPredictor, measureTable, stopwatch } from "@prune/runtime-ort/advanced";
import { hydrated, sharedFile } from "../zoo/zoo.js";

const backend = onnx();
const importance = magnitude();
const shares = ["75 %", "60 %"];

const head = [
  "model",
  "original",
  "target",
  "predicted",
  "measured",
  "MACs",
  "parameters",
  "multiples of",
  "table",
  "solved",
];
const lines: string[] = [];
const print = (cells: readonly string[]): void => {
  lines.push(`| ${cells.join(" | ")} |`);
  console.log(lines.at(-1));
};
print(head);
print(head.map(() => "---"));
const usual = ["models/cifar-resnet20.onnx", "tv-resnet50", "tv-mobilenet_v2", "timm-vit_tiny_patch16_224"];
const given = process.argv.slice(2);
for (const name of given.length > 0 ? given : usual) {
  const path = name.endsWith(".onnx") ? (sharedFile(name) ?? name) : await hydrated(name);
  if (path === undefined) throw new Error(`There is no ${name}: the zoo lies in ../shared`);
  const model = openModel(path);
  const trace = backend.trace(model);
  const watch = await stopwatch(model, backend);
  const started = performance.now();
  const cuts = function* () {
    for (const { cut } of samplePlans(trace)) yield cut;
  };
  const table = await measureTable(model, trace, cuts(), watch);
  const predictor = latencyPredictor(table);
  const measured = performance.now();
  const before = backend.cost(model, trace);
  for (const latency of shares) {
    const from = performance.now();
    const target = { latency };
    const { budget, chosen } = await plan(model, {
      backend,
      importance,
      trace,
      target,
      predictor,
      measure: { latency: watch.measure },
    });
    if (!budget) continue;
    const after = backend.cost(model, trace, chosen.cut);
    const of = (share: number): string => `${(100 * share).toFixed(1)} %`;
    const row = [
      basename(path, ".onnx"),
      `${budget.original.toPrecision(3)} ms`,
      latency,
      of((budget.predicted ?? Number.NaN) / budget.original),
      `${of(budget.reached / budget.original)} ± ${of((budget.noise ?? 0) * (budget.reached / budget.original))}${budget.met ? "" : ` (${budget.why})`}`,
      of(macsOf(after) / macsOf(before)),
      of(after.parameters / before.parameters),
      String(budget.multiple ?? 1),
      `${((measured - started) / 1000).toFixed(0)} s, ${of(predictor.error)}`,
      `${((performance.now() - from) / 1000).toFixed(0)} s`,
    ];
    print(row);
  }
  await watch.close();
}

const page = new URL("../../docs/budgets.md", import.meta.url);
const [start, end] = ["<!-- latency -->\n", "<!-- /latency -->"];
if (given.length === 0) {
  const text = readFileSync(page, "utf8");
  const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
  writeFileSync(page, `${text.slice(0, from)}\n${lines.join("\n")}\n\n${text.slice(to)}`);
}
