// `node --import tsx tooling/recovery/formats.ts [SIZE] [SAMPLES]`: recovers one network of inverted residuals as an ONNX
// model, a GraphModel and a LayersModel, and prints milliseconds of processor time per sample, beside those of running it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Net } from "@prune/testing/advanced";
import { isGraphModel, type TfjsModel } from "@prune/tfjs";
import { saveTfjsModel } from "@prune/tfjs/node";
import { pruneFile } from "@prune/workflow/node";
import { npy } from "../../packages/samples/test/files.js";
import { onnxNet } from "../../packages/testing/test/onnx-net.js";
import { graphNet } from "../../packages/testing/test/tfjs-graph-net.js";
import { layersNet } from "../../packages/testing/test/tfjs-layers-net.js";
import { useBackend } from "../../packages/tfjs/test/use-backend.js";

const [size = 96, samples = 24] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "formats-prune-"));

/** A stem and inverted residuals, as MobileNetV2 has them; each stage halves the image. */
function mobile<Model, Value>(net: Net<Model, Value>): Model {
  let x = net.relu(net.batchNorm(net.conv(net.maxPool(net.image(3, size)), 16)));
  let width = 16;
  for (const [to, blocks] of [
    [24, 2],
    [32, 3],
    [64, 3],
    [96, 2],
  ] as const) {
    x = net.maxPool(x);
    for (let i = 0; i < blocks; i++) {
      const wide = net.relu(net.batchNorm(net.conv(x, 6 * width, { kernel: 1 })));
      const deep = net.relu(net.batchNorm(net.depthwise(wide)));
      const y = net.batchNorm(net.conv(deep, to, { kernel: 1 }));
      x = width === to ? net.add(x, y) : y;
      width = to;
    }
  }
  return net.model([net.dense(net.flatten(net.globalMean(x)), 10)]);
}

/** Made-up images as a file. */
function images(shape: readonly number[]): Uint8Array {
  const count = shape.reduce((a, b) => a * b, 1);
  const values = Array.from(
    { length: count },
    (_, i) => Math.sin(i / 7 + i / 1013) + Math.sin(12.9898 * i) / 3,
  );
  return npy("<f4", shape, values);
}

const seconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function timed(name: string, path: string, shape: readonly number[]): Promise<void> {
  const data = join(folder, `${name}.npy`);
  writeFileSync(data, images(shape));
  let began = 0;
  let ended = 0;
  const { report } = await pruneFile(path, {
    ratio: 0.3,
    data,
    verify: false,
    onProgress({ step }) {
      if (step === "recover") began ||= seconds();
      if (step === "write") ended ||= seconds();
    },
  });
  const spent = 1000 * (ended - began);
  const { recovery } = report;
  console.log(
    `${name}: ${(spent / samples).toFixed(0)} ms per sample (${(spent / 1000).toFixed(1)} s); error ${recovery?.before.error?.toFixed(3)} -> ${recovery?.after.error?.toFixed(3)}`,
  );
  console.log(JSON.stringify(recovery?.seconds));
}

async function saved(name: string, model: TfjsModel): Promise<string> {
  const out = join(folder, name);
  await saveTfjsModel(out, model);
  if (!isGraphModel(model)) model.dispose();
  return join(out, "model.json");
}

try {
  const only = process.argv[4] ?? "";
  if ("onnx".includes(only)) {
    const path = join(folder, "net.onnx");
    writeFileSync(path, mobile(onnxNet()).source as Uint8Array);
    await timed("onnx", path, [samples, 3, size, size]);
  }
  await useBackend("cpu");
  const images = [samples, size, size, 3];
  if ("graph".includes(only)) await timed("graph", await saved("graph", mobile(graphNet())), images);
  if ("layers".includes(only)) await timed("layers", await saved("layers", mobile(layersNet())), images);
} finally {
  rmSync(folder, { recursive: true });
}
