import { type Model, readModel } from "@prune/onnx";
import { newModel } from "@prune/onnx/advanced";
import { randomStream } from "@prune/samples";
import { toHalf } from "@prune/samples/advanced";
import type { TrainingData } from "../src/index.js";

export const classes = 3;
const inputs = 6;

const drawn = (name: string, length: number, scale: number): Float32Array => {
  const { normal } = randomStream(1, name);
  return Float32Array.from({ length }, () => normal() * scale);
};

/** Two dense layers and a softmax. */
export function perceptron({
  hidden = 8,
  half = false,
  seed = "a",
  scale = 0.4,
  outputs = classes,
} = {}): Model {
  const stored: Readonly<Record<string, readonly number[]>> = {
    w1: [inputs, hidden],
    b1: [hidden],
    w2: [hidden, outputs],
    b2: [outputs],
  };
  const node = (op: string, from: readonly string[], to: string) => ({
    name: to,
    op,
    domain: "",
    inputs: from,
    outputs: [to],
    attributes: new Map(),
  });
  const elementType = half ? 10 : 1;
  return readModel(
    newModel({
      inputs: [{ name: "x", elementType, shape: ["batch", inputs] }],
      outputs: ["y"],
      nodes: [
        node("Gemm", ["x", "w1", "b1"], "h"),
        node("Relu", ["h"], "r"),
        node("Gemm", ["r", "w2", "b2"], "z"),
        node("Softmax", ["z"], "y"),
      ],
      tensors: Object.entries(stored).map(([name, shape]) => ({
        name,
        elementType,
        shape,
        bytes: () => {
          const values = drawn(
            seed + name,
            shape.reduce((a, b) => a * b, 1),
            name.startsWith("b") ? 0 : scale,
          );
          return new Uint8Array((half ? Uint16Array.from(values, toHalf) : values).buffer);
        },
      })),
      opset: 17,
    }),
  );
}

/** Clouds around one point for each class. */
export function clouds({ count = 240, half = false, labelled = true, spoil = -1 } = {}): TrainingData {
  const { normal, integer } = randomStream(5);
  const centres = Array.from({ length: classes * inputs }, normal);
  const labels = Int32Array.from({ length: count }, () => integer(classes));
  const all = Float32Array.from({ length: count * inputs }, (_, i) => {
    const label = labels[Math.floor(i / inputs)] as number;
    return (centres[label * inputs + (i % inputs)] as number) + normal() * 0.6;
  });
  if (spoil >= 0) all[spoil * inputs] = Number.NaN;
  return {
    count,
    labels: labelled ? labels : undefined,
    async read(places) {
      const list = Array.from(places);
      const data = new Float32Array(list.length * inputs);
      list.forEach((place, i) => {
        data.set(all.subarray(place * inputs, (place + 1) * inputs), i * inputs);
      });
      const dims = [list.length, inputs];
      const x = half
        ? { type: "float16", dims, data: Uint16Array.from(data, toHalf) }
        : { type: "float32", dims, data };
      return {
        feeds: { x },
        count: list.length,
        labels: labelled ? Int32Array.from(list, (place) => labels[place] as number) : undefined,
      };
    },
  };
}
