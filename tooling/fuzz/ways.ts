import type { Random } from "./random.js";

/** Command lines that a model is put through, in turn; each proves the law of what it makes. */
const lines: readonly (readonly string[])[] = [
  ["--ratio", "0.5"],
  ["--ratio", "0.5"],
  ["--ratio", "0.25", "--heads", "0.5"],
  ["--ratio", "0.5", "--global"],
  ["--target", "macs=0.6"],
  ["--ratio", "0.5", "--importance", "lamp", "--steps", "2"],
];

const onnxLines: readonly (readonly string[])[] = [
  ...lines,
  ["--lossless"],
  ["--ratio", "0.5", "--ragged", "--heads", "0.4"],
];

export function ways(model: string, out: string, random: Random): readonly string[] {
  if (random.once(12)) return ["groups", model];
  return [model, "-o", out, ...random.pick(out.endsWith(".onnx") ? onnxLines : lines)];
}
