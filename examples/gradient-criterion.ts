// A criterion on gradients: how much the loss would move if a unit's weights were zero, to the first order.
// npm install @prune/graph @prune/onnx @prune/pruner @prune/importance-gradient @prune/training @prune/samples onnxruntime-node
import { readFileSync } from "node:fs";
import { taylor } from "@prune/importance-gradient";
import { onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import { samplesOfBytes } from "@prune/samples";
import { gradientProbe } from "@prune/training";
import * as ort from "onnxruntime-node";

const model = readModel(readFileSync("model.onnx"));
const input = { name: "input", type: "float32", shape: ["batch", 1, 28, 28] } as const;
const config = JSON.parse(readFileSync("test.json", "utf8"));
const data = await samplesOfBytes(
  readFileSync("test.images.u8"),
  readFileSync("test.labels.u8"),
  [input],
  config,
);
const backend = onnx();
const trace = backend.trace(model);
const probe = await gradientProbe(model, backend.probe(model, trace), { ort, data, samples: 64 });
const { report } = await prune(model, {
  backend,
  importance: taylor(),
  ratio: 0.25,
  trace,
  probe: () => probe,
});
console.log(`${report.removed} units removed by ${report.criterion}`);
