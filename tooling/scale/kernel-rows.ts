import type { Selector, StoredValues } from "@prune/graph/advanced";
import { adderOf, plainAdder } from "../../packages/importance-magnitude/src/kernel/adder.js";
import { sumsByPosition } from "../../packages/importance-magnitude/src/sums.js";
import type { Values } from "../../packages/importance-magnitude/src/values.js";
import { decodeFloats } from "../../packages/onnx/src/read/decode-tensor.js";

const shapes: Readonly<Record<string, readonly number[]>> = {
  "2048 x 5632": [2048, 5632],
  "512 x 512 x 3 x 3": [512, 512, 3, 3],
};
const rounds = 8;

/** A row of the table for each form of weights: what adds them up, in GB of them per second of processor time. */
export function kernelRows(): string[] {
  const rows: string[] = [];
  for (const type of ["float32", "float16", "bfloat16"] as const)
    for (const [text, shape] of Object.entries(shapes)) {
      const speeds = [plainAdder, adderOf].map((adding) => speed(type, shape, adding).toFixed(1));
      rows.push(`| ${type}, ${text} | ${speeds.join(" | ")} |`);
    }
  return rows;
}

function speed(type: StoredValues["type"], shape: readonly number[], adding: typeof adderOf): number {
  const selectors = [0, 1].map(
    (d): Selector => ({
      view: shape,
      dims: [d],
      ids: new Int32Array(shape[d] as number),
      role: "value",
      node: "",
    }),
  );
  const values = madeUp(type, shape);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    sumsByPosition(values, selectors, 2, adding);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, user + system);
  }
  return (values.length * (type === "float32" ? 4 : 2)) / best / 1000;
}

function madeUp(type: StoredValues["type"], shape: readonly number[]): Values {
  const length = shape.reduce((a, b) => a * b, 1);
  const size = type === "float32" ? 4 : 2;
  const bytes = new Uint8Array(length * size);
  // Numbers of about 0.01, whatever the type.
  const words = new Uint16Array(bytes.buffer);
  for (let i = 0; i < words.length; i++)
    words[i] = (type === "float16" ? 0x2000 : 0x3c00) + ((i * 7919) % 200);
  const lent = new Float32Array(1 << 18);
  const read = (from: number, to: number): Uint8Array => bytes.subarray(from * size, to * size);
  return { length, read: (from, to) => decodeFloats(type, read(from, to), lent), stored: { type, read } };
}
