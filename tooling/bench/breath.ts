/**
 * How long `prune()` keeps everything else waiting, on a VGG-19 of full size (143.7 million weights, made up):
 * `node --import tsx tooling/bench/breath.ts`. A timer that should come every millisecond says when it came; what it waited
 * is what a page or a server would have. `processor` is that of the longest stretch alone, which other programs can't
 * lengthen.
 */
import { magnitude } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { prune, type Target } from "@prune/pruner";
import {
  floats,
  info,
  modelBytes,
  type NodeParts,
  node,
} from "../../packages/onnx/test/files/build-model.js";

interface Held {
  readonly milliseconds: number;
  readonly processor: number;
  readonly during: string;
}

const widths = [
  64,
  64,
  "M",
  128,
  128,
  "M",
  256,
  256,
  256,
  256,
  "M",
  512,
  512,
  512,
  512,
  "M",
  512,
  512,
  512,
  512,
  "M",
];
const model = readModel(vgg19());
const asked: readonly {
  readonly name: string;
  readonly ratio?: number;
  readonly target?: Target;
  readonly global?: boolean;
}[] = [
  { name: "ratio 0.5", ratio: 0.5 },
  { name: "macs 50 %, global", target: { macs: 0.5 }, global: true },
];
for (const { name, ...how } of asked) {
  const watch = watchLoop();
  const started = performance.now();
  await prune(model, {
    backend: onnx(),
    importance: magnitude(),
    ...how,
    onProgress: ({ step, done }) => watch.at(`${step} ${done}`),
  });
  const total = performance.now() - started;
  const held = watch.end().sort((a, b) => b.processor - a.processor);
  console.log(`${name}: ${total.toFixed(0)} ms in all; the longest stretches without a breath:`);
  for (const { milliseconds, processor, during } of held.slice(0, 12))
    console.log(`  ${milliseconds.toFixed(0)} ms (${processor.toFixed(0)} of the processor) up to ${during}`);
}

function watchLoop() {
  const found: Held[] = [];
  let last = performance.now();
  let used = process.cpuUsage();
  let during = "the start";
  const tick = (): void => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(used);
    if (now - last > 20) found.push({ milliseconds: now - last, processor: (user + system) / 1e3, during });
    last = now;
    used = process.cpuUsage();
  };
  const timer = setInterval(tick, 1);
  return {
    at(step: string): void {
      during = step;
    },
    end(): Held[] {
      tick();
      clearInterval(timer);
      return found;
    },
  };
}

function vgg19(): Uint8Array {
  const nodes: NodeParts[] = [];
  const weights: ReturnType<typeof floats>[] = [];
  let [from, channels, count] = ["x", 3, 0];
  const random = (n: number): Float32Array => {
    const values = new Float32Array(n);
    let seed = n;
    for (let i = 0; i < n; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      values[i] = seed / 2 ** 34;
    }
    return values;
  };
  const stored = (name: string, dims: number[]): string => {
    const values = random(dims.reduce((a, b) => a * b, 1));
    weights.push({ ...floats(name, dims, []), rawData: new Uint8Array(values.buffer) });
    return name;
  };
  const add = (op: string, inputs: string[], attributes: NodeParts["attribute"] = []): void => {
    const to = `${op}${count++}`;
    nodes.push(node(op, [from, ...inputs], [to], { attribute: attributes ?? [] }));
    from = to;
  };
  const ints = (name: string, values: number[]) => ({ name, type: 7, ints: values });
  for (const width of widths) {
    if (typeof width === "string")
      add("MaxPool", [], [ints("kernel_shape", [2, 2]), ints("strides", [2, 2])]);
    else {
      const layer = `conv${count}`;
      add(
        "Conv",
        [stored(`${layer}.weight`, [width, channels, 3, 3]), stored(`${layer}.bias`, [width])],
        [ints("pads", [1, 1, 1, 1])],
      );
      add("Relu", []);
      channels = width;
    }
  }
  add("Flatten", []);
  for (const [inputs, outputs] of [
    [512 * 49, 4096],
    [4096, 4096],
    [4096, 1000],
  ] as const) {
    const layer = `dense${count}`;
    add(
      "Gemm",
      [stored(`${layer}.weight`, [outputs, inputs]), stored(`${layer}.bias`, [outputs])],
      [{ name: "transB", type: 2, i: 1 }],
    );
    if (outputs !== 1000) add("Relu", []);
  }
  return modelBytes({
    name: "vgg19",
    input: [info("x", [1, 3, 224, 224])],
    output: [info(from, [1, 1000])],
    initializer: weights,
    node: nodes,
  });
}
