import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Case, checked, root } from "./case.js";
import { commandIn } from "./command.js";

const lawIn = (name: string, install: readonly string[], runtime: string): Case => ({
  name,
  group: "peers",
  install: ["@prune/workflow", "@prune/runtime-ort", ...install],
  async run(folder) {
    writeFileSync(
      join(folder, "main.mjs"),
      `import { pruneFile } from "@prune/workflow/node";
const { report } = await pruneFile("glyphs.onnx", { ratio: 0.5, out: "smaller.onnx" });
console.log("law " + report.law.holds + " in " + (report.law.runtime ?? "onnxruntime-node"));
process.exit(0);`,
    );
    return checked(await commandIn(folder, "node", ["main.mjs"]), new RegExp(`law true in ${runtime}.*`));
  },
});

const tfjsIn = (version: string): Case => ({
  name: `TensorFlow.js ${version}`,
  group: "peers",
  install: [
    "@prune/tfjs",
    "@prune/pruner",
    "@prune/importance-magnitude",
    ...["core", "layers", "backend-cpu"].map((part) => `@tensorflow/tfjs-${part}@${version}`),
  ],
  async run(folder) {
    writeFileSync(
      join(folder, "main.mjs"),
      `import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { tfjs } from "@prune/tfjs";
await tf.setBackend("cpu");
const model = layers.sequential({ layers: [layers.layers.dense({ units: 8, inputShape: [4], activation: "relu" }), layers.layers.dense({ units: 2 })] });
const { model: smaller, report } = await prune(model, { backend: tfjs(), importance: magnitude(), ratio: 0.5 });
console.log("removed " + report.removed + ", " + smaller.predict(tf.ones([1, 4])).shape);`,
    );
    return checked(await commandIn(folder, "node", ["main.mjs"]), /removed 4, 1,2/);
  },
});

/** Samples that are pictures: written by sharp, read by it, and fed to a model of the command's. */
const imagesIn = (version: string): Case => ({
  name: `sharp ${version}`,
  group: "peers",
  install: ["@prune/workflow", "@prune/runtime-ort", "onnxruntime-node", `sharp@${version}`],
  async run(folder) {
    mkdirSync(join(folder, "photos"));
    copyFileSync(join(root, "apps/cli/sample/glyphs-test.images.u8"), join(folder, "images.u8"));
    writeFileSync(
      join(folder, "main.mjs"),
      `import { readFileSync } from "node:fs";
import sharp from "sharp";
import { pruneFile } from "@prune/workflow/node";
const images = readFileSync("images.u8");
for (let i = 0; i < 192; i++)
  await sharp(images.subarray(i * 784, (i + 1) * 784), { raw: { width: 28, height: 28, channels: 1 } }).png().toFile("photos/" + i + ".png");
const { report } = await pruneFile("glyphs.onnx", { ratio: 0.25, data: "photos", dataConfig: { shape: [1, 28, 28] }, out: "smaller.onnx" });
console.log("sharp " + sharp.versions.sharp + ": " + report.recovery.result + " on " + report.recovery.samples.fitted + " pictures");
process.exit(0);`,
    );
    return checked(await commandIn(folder, "node", ["main.mjs"]), /sharp .*recovered on \d+ pictures/);
  },
});

/** Each end of the range of each peer, and of ONNX Runtime the first whose sessions say what their inputs are. */
export const peers: readonly Case[] = [
  ...["1.20.0", "1.21.0", "1.22.0", "latest"].map((version) =>
    lawIn(`onnxruntime-node ${version}`, [`onnxruntime-node@${version}`], "onnxruntime-node"),
  ),
  ...["1.20.0", "1.22.0", "latest"].map((version) =>
    lawIn(`onnxruntime-web ${version}`, [`onnxruntime-web@${version}`], "onnxruntime-web"),
  ),
  ...["4.20", "4"].map(tfjsIn),
  ...["0.33", "latest"].map(imagesIn),
];
