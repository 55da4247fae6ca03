import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { type Answers, answersOf, chooser, recoverModel, shuffled } from "@prune/runtime-ort";
import { models } from "./cifar-data.js";

// node --import tsx tooling/recovery/small-nets.ts: MNIST nets at half the work; 1,024 images fit, the others judge.

const images = gunzipSync(readFileSync(`${models}/mnist/mnist-test3k-images-idx3-ubyte.gz`)).subarray(16);
const labels = gunzipSync(readFileSync(`${models}/mnist/mnist-test3k-labels-idx1-ubyte.gz`)).subarray(8);
const fitted = 1024;
const pixels = Float32Array.from(images, (byte) => byte / 255);

const nets = [
  "marabou/mnist2x10",
  "marabou/mnist5x20_leaky_relu",
  "marabou/robust_model_sigmoid_linear",
  "marabou/softmax-last-layer",
  "marabou/cnn_max_mninst2",
  "marabou/cnn_max_mninst3",
  "marabou/self-attention-mnist-pgd-medium-sim",
  "ort-examples/mnist-8",
];

console.log("| net | dense | MACs | cut only | recovered | result |\n|---|---|---|---|---|---|");
for (const name of nets)
  try {
    console.log(await line(name));
  } catch (error) {
    console.log(`| ${name} | ${(error as Error).message.slice(0, 160)} |`);
  }

async function line(name: string): Promise<string> {
  const backend = onnx();
  const model = openModel(`${models}/onnx/${name}.onnx`);
  const input = model.graph.inputs.find(({ name: tensor }) => !model.graph.initializers.has(tensor));
  if (!input?.shape) throw new RangeError("no input shape");
  const [first, ...rest] = input.shape;
  const shape = rest.map((size) => (typeof size === "number" ? size : 1));
  const size = typeof first === "number" ? first : 64;
  const samples = shuffled(input.name, pixels.subarray(0, fitted * 784), shape, { batch: size, seed: 1 });
  const tests = Array.from({ length: Math.ceil((labels.length - fitted) / size) }, (_, b) => {
    const from = fitted + b * size;
    const data = pixels.slice(from * 784, Math.min(from + size, labels.length) * 784);
    return { [input.name]: { type: "float32" as const, dims: [data.length / 784, ...shape], data } };
  });
  const accuracy = ({ values, classes }: Answers): string => {
    let correct = 0;
    for (let i = 0; i < values.length / classes; i++) {
      const row = values.subarray(i * classes, (i + 1) * classes);
      if (row.every((value) => value <= (row[labels[fitted + i] as number] as number))) correct++;
    }
    return ((100 * correct * classes) / values.length).toFixed(1);
  };
  const trace = backend.trace(model);
  const choice = await chooser(backend, model, trace, samples);
  const cut = trace.cut(choice.plan(0.5));
  const smaller = backend.cut(model, trace, cut);
  const recovered = await recoverModel({ original: model, smaller, cut }, samples);
  const macs = (100 * backend.cost(model, trace, cut).macs) / backend.cost(model, trace).macs;
  const [dense, before, after] = await Promise.all(
    [model, smaller, recovered.model].map(async (net) => accuracy(await answersOf(net, tests))),
  );
  return `| ${name} | ${dense} | ${macs.toFixed(1)} | ${before} | **${after}** | ${recovered.report.result} |`;
}
