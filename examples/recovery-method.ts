// A recovery method of your own: how a layer is refitted, from the moments of its inputs and of what it should give.
// npm install @prune/onnx @prune/pruner @prune/importance-magnitude @prune/recovery @prune/onnx-recovery onnxruntime-node
import { readFileSync } from "node:fs";
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { recoverModel, shuffledBatches } from "@prune/onnx-recovery";
import { prune } from "@prune/pruner";
import { bias, lsq, type Method } from "@prune/recovery";

/** One factor for the whole layer: the one by which its outputs come nearest to what they should be, and the mean. */
const oneFactor = (): Method => ({
  name: "one factor",
  fit({ inputs, targets, meanX, meanY, xx, xy }, { weights }) {
    let [along, power] = [0, 0];
    for (let o = 0; o < targets; o++)
      for (let i = 0; i < inputs; i++) {
        const weight = weights[o * inputs + i]!;
        along += weight * xy[i * targets + o]!;
        for (let j = 0; j < inputs; j++) power += weight * xx[i * inputs + j]! * weights[o * inputs + j]!;
      }
    const factor = power > 0 ? along / power : 1;
    const scaled = weights.map((weight) => factor * weight);
    const moved = Float64Array.from({ length: targets }, (_, o) =>
      scaled
        .subarray(o * inputs, (o + 1) * inputs)
        .reduce((rest, weight, i) => rest - weight * meanX[i]!, meanY[o]!),
    );
    return { weights: scaled, bias: moved };
  },
});

const original = openModel("model.onnx");
const backend = onnx();
const { model: smaller, plan } = await prune(original, { backend, importance: magnitude(), ratio: 0.4 });
const images = Float32Array.from(readFileSync("test.images.u8"), (byte) => byte / 255);
const samples = shuffledBatches("input", images, [1, 28, 28]);
// Held-out samples choose among the methods, layer by layer.
const { report } = await recoverModel(
  { original, smaller, cut: backend.trace(original).cut(plan) },
  samples,
  {
    methods: [oneFactor(), bias(), lsq(1e-2)],
  },
);
for (const { layer, methods, before, after } of report.layers)
  console.log(
    `${layer}: ${methods.join(", ") || "as it was"}, error ${before.toFixed(3)} -> ${after.toFixed(3)}`,
  );
