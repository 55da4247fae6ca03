// Measures steps of training beside TensorFlow.js, compares gradients of the same weights, and writes
// docs/training-speed.md.
//   pnpm training:speed [--rounds N]
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { crossEntropy, gradients, sgd, trainingStep } from "@prune/autodiff";
import { type Model, readModel } from "@prune/onnx";
import { segmentModel } from "@prune/onnx/advanced";
import { openModel } from "@prune/onnx/node";
import { randomStream } from "@prune/samples";
import type { TrainingOrt } from "@prune/training/advanced";
import { models, rawImages } from "../recovery/images.js";
import { hydrated } from "../zoo/zoo.js";
import { inTfjs, openTfjs, type Tf, type TfTensor } from "./in-tfjs.js";
import { ort } from "./ort.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "4" }, memory: { type: "string" } },
});
const rounds = Number(values.rounds);
const [rate, momentum] = [0.001, 0.9];

interface Batch {
  readonly count: number;
  /** Channels x height x width. */
  readonly shape: readonly [number, number, number];
  readonly data: Float32Array;
  readonly labels: Int32Array;
}

type Step = () => Promise<number>;

if (values.memory) {
  const { name, batch } = JSON.parse(values.memory) as { name: string; batch: number };
  const { model, batch: made } = await networkOf(name, batch);
  const step = await stepOf(ort, model, made);
  for (let i = 0; i < 3; i++) await step();
  console.log(process.resourceUsage().maxRSS / 1024);
} else writeFileSync("docs/training-speed.md", await page());

async function networkOf(name: string, count: number): Promise<{ model: Model; batch: Batch }> {
  if (name === "tv-resnet50.trace") {
    const fixed = openModel((await hydrated(name)) as string);
    const [input] = fixed.graph.inputs;
    if (!input) throw new Error(`${name} has no input`);
    const open = [{ name: input.name, elementType: 1, shape: ["batch", 3, 224, 224] }];
    const outputs = fixed.graph.outputs.map((output) => output.name);
    const { uniform, integer } = randomStream(1, name);
    const data = Float32Array.from({ length: count * 3 * 224 * 224 }, () => uniform() * 2 - 1);
    const labels = Int32Array.from({ length: count }, () => integer(1000));
    const model = readModel(segmentModel(fixed, { inputs: open, outputs }));
    return { model, batch: { count, shape: [3, 224, 224], data, labels } };
  }
  const model = readModel(readFileSync(`${models}/${name}.onnx`));
  const stated = JSON.parse(readFileSync(`${models}/${name}.json`, "utf8"));
  // Of one channel the file has numbers in place of lists.
  const config = { ...stated, mean: [stated.mean].flat(), std: [stated.std].flat() };
  const images = rawImages(name === "glyphs" ? "glyphs-train" : "cifar10-train", config);
  const shape = config.shape as Batch["shape"];
  const size = shape.reduce((a, b) => a * b, 1);
  const labels = Int32Array.from(images.labels.subarray(0, count));
  return { model, batch: { count, shape, data: images.values.slice(0, count * size), labels } };
}

async function stepOf(runtime: TrainingOrt, model: Model, batch: Batch): Promise<Step> {
  const made = trainingStep(model, { loss: crossEntropy(), optimiser: sgd({ momentum }) });
  const session = await runtime.InferenceSession.create(made.bytes, { intraOpNumThreads: 1 });
  const number = (value: number) =>
    new runtime.Tensor("float32" as never, Float32Array.of(value) as never, []);
  const fresh = made.carried.map(({ input, parameter, kind, shape }) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const stored = kind === "weight" ? made.weights.get(parameter)?.tensor().data : undefined;
    const data = Float32Array.from(stored ?? new Float32Array(length));
    return [input, new runtime.Tensor("float32" as never, data as never, shape)] as const;
  });
  const feeds = {
    ...Object.fromEntries(fresh),
    [model.graph.inputs[0]?.name as string]: new runtime.Tensor("float32" as never, batch.data as never, [
      batch.count,
      ...batch.shape,
    ]),
    labels: new runtime.Tensor("int64" as never, BigInt64Array.from(batch.labels, BigInt) as never, [
      batch.count,
    ]),
    "step.rate": number(rate),
    "step.count": number(1),
  };
  let held = Object.fromEntries(
    session.inputNames.map((name) => [name, feeds[name] as (typeof feeds)[string]]),
  );
  return async () => {
    const outputs = await session.run(held);
    held = {
      ...held,
      ...Object.fromEntries(made.carried.map(({ input, output }) => [input, outputs[output]])),
    } as typeof held;
    return numberOf(outputs[made.loss]);
  };
}

function numberOf(value: { readonly data: unknown } | undefined): number {
  return Number((value?.data as Float32Array | undefined)?.[0]);
}

/** Images with their channels last, and their labels as rows of zeros and a one. */
function fedToTfjs(tf: Tf, { count, shape, data, labels }: Batch): { images: TfTensor; classes: TfTensor } {
  const images = tf.transpose(tf.tensor(data, [count, ...shape]), [0, 2, 3, 1]);
  return { images, classes: tf.tensor(labels, [count], "int32") };
}

function tfjsStep(tf: Tf, model: Model, trained: Iterable<string>, batch: Batch): Step {
  const network = inTfjs(tf, model, trained);
  const { images, classes } = fedToTfjs(tf, batch);
  const optimiser = tf.train.momentum(rate, momentum);
  const variables = [...network.variables.values()];
  return async () => {
    const loss = optimiser.minimize(() => lossOf(tf, network.scores(images), classes), true, variables);
    const [value] = loss.dataSync();
    loss.dispose();
    return value as number;
  };
}

function lossOf(tf: Tf, scores: TfTensor, classes: TfTensor): TfTensor {
  return tf.losses.softmaxCrossEntropy(tf.oneHot(classes, scores.shape[1] as number), scores);
}

/** Largest difference of a gradient from TensorFlow.js's, over the largest number of that parameter's gradient. */
async function differences(
  tf: Tf,
  name: string,
  count: number,
): Promise<{ parameters: number; worst: number; of: string }> {
  const { model, batch } = await networkOf(name, count);
  const made = gradients(model, { loss: crossEntropy() });
  const session = await ort.InferenceSession.create(made.bytes);
  const found = await session.run({
    [model.graph.inputs[0]?.name as string]: new ort.Tensor("float32" as never, batch.data as never, [
      count,
      ...batch.shape,
    ]),
    labels: new ort.Tensor("int64" as never, BigInt64Array.from(batch.labels, BigInt) as never, [count]),
  });
  const network = inTfjs(tf, model, made.gradients.keys());
  const { images, classes } = fedToTfjs(tf, batch);
  const names = [...network.variables.keys()];
  const { grads } = tf.variableGrads(
    () => lossOf(tf, network.scores(images), classes),
    names.map((each) => network.variables.get(each) as TfTensor),
  );
  let [worst, of] = [0, ""];
  // Gradients come by the names of variables, in their order.
  Object.values(grads).forEach((gradient, i) => {
    const parameter = names[i] as string;
    const own = found[made.gradients.get(parameter) as string]?.data as Float32Array;
    const theirs = network.asStored(parameter, gradient);
    const size = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-12);
    const error =
      own.reduce((most, value, at) => Math.max(most, Math.abs(value - (theirs[at] as number))), 0) / size;
    if (!(error <= worst)) [worst, of] = [error, parameter];
  });
  return { parameters: names.length, worst, of };
}

async function page(): Promise<string> {
  const tf = await openTfjs();
  const web = createRequire(new URL("../../packages/runtime-ort/package.json", import.meta.url))(
    "onnxruntime-web/wasm",
  ) as TrainingOrt & { env: { wasm: { numThreads: number } } };
  web.env.wasm.numThreads = 1;
  const count = 128;
  const { model, batch } = await networkOf("cifar-resnet20", count);
  const trained = gradients(model, { loss: crossEntropy() }).gradients.keys();
  const steps: readonly (readonly [string, Step])[] = [
    ["onnxruntime-node", await stepOf(ort, model, batch)],
    ["onnxruntime-web (wasm) in Node", await stepOf(web, model, batch)],
    ["TensorFlow.js (wasm) in Node", tfjsStep(tf, model, trained, batch)],
  ];
  const taken = steps.map(() => [] as { processor: number; wall: number }[]);
  const losses = steps.map(() => [] as number[]);
  for (let round = 0; round <= rounds; round++)
    for (const [i, [, step]] of steps.entries()) {
      const [began, at] = [process.cpuUsage(), performance.now()];
      losses[i]?.push(await step());
      const used = process.cpuUsage(began);
      // The first makes buffers and compiles.
      console.log(`${steps[i]?.[0]}, round ${round}: ${(used.user + used.system) / 1e3} ms`);
      if (round > 0)
        taken[i]?.push({ processor: (used.user + used.system) / 1e3, wall: performance.now() - at });
    }
  const least = taken.map((each) => ({
    processor: Math.min(...each.map(({ processor }) => processor)),
    wall: Math.min(...each.map(({ wall }) => wall)),
  }));
  const lines = steps.map(([name], i) => {
    const { processor, wall } = least[i] as (typeof least)[number];
    const ratio = processor / (least[0]?.processor as number);
    return `| ${name} | ${processor.toFixed(0)} | ${wall.toFixed(0)} | ${ratio.toFixed(1)} | ${losses[i]?.map((loss) => loss.toFixed(4)).join(", ")} |`;
  });
  const compared = [];
  for (const [name, images] of [
    ["glyphs", 16],
    ["cifar-resnet20", 8],
  ] as const) {
    const { parameters, worst, of } = await differences(tf, name, images);
    console.log(`${name}: ${worst} in ${of}`);
    compared.push(`| ${name} | ${images} | ${parameters} | ${worst.toExponential(1)} | ${of} |`);
  }
  const memory = [
    ["cifar-resnet20", 128, 1],
    ["tv-resnet50.trace", 8, 4],
  ] as const;
  const held = memory.map(([name, images, most]) => {
    const argument = JSON.stringify({ name, batch: images });
    const file = fileURLToPath(import.meta.url);
    const printed = execFileSync(process.execPath, ["--import", "tsx", file, "--memory", argument], {
      encoding: "utf8",
    });
    console.log(`${name}: ${printed.trim()} MB`);
    return `| ${name} | ${images} | ${(Number(printed) / 1024).toFixed(2)} GB | ${most} GB |`;
  });
  return `# Speed of training

By \`pnpm training:speed\`, ${new Date().toISOString().slice(0, 10)}. A step is forward, backward and momentum of all parameters of cifar-resnet20 on a batch of ${count} images, with labels, one thread each, in turn in one process; the least of ${rounds} rounds. Processor time is what counts: the machine was used by others, so wall time says little. All three start from the same weights and see the same batch: the losses are those of the steps in order.

| runtime | processor, ms | wall, ms | ratio | losses |
|---|---|---|---|---|
${lines.join("\n")}

The wasm backend of TensorFlow.js 4.22 has no gradient of a convolution by its filter; \`registerTrainingKernels\` of \`@prune/tfjs/wasm\` gave it one here. There are no numbers of PyTorch on this machine to compare with.

## Gradients beside TensorFlow.js

The same weights, images and labels: the largest difference in a gradient, over the largest number in that parameter's gradient.

| network | images | parameters | largest difference | in |
|---|---|---|---|---|
${compared.join("\n")}

## Memory

The most that a process of three steps held, Node and the making of the graph included.

| network | batch | at most | goal |
|---|---|---|---|
${held.join("\n")}
`;
}
