import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { modelToBytes, noEdit } from "@prune/onnx";
import type { NewTensor, Weight } from "@prune/onnx/advanced";
import { openModel } from "@prune/onnx/node";

/**
 * A copy of a model whose float weights were taken out, with random ones in their place; the path itself if none
 * are missing. Matrices and kernels are scaled by their fan-in, vectors lie around 1, so that signals get through.
 */
export function withWeights(path: string): string {
  const model = openModel(path, { inline: false });
  const missing = [...model.graph.initializers.values()].filter(isEmpty);
  if (missing.length === 0) return path;
  const tensors = new Map(missing.map((weight, i) => [weight.name, made(weight, i)]));
  const folder = join(tmpdir(), "prune-zoo");
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, `made-up-${basename(path)}`);
  writeFileSync(copy, modelToBytes(model, { ...noEdit, tensors }));
  return copy;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function isEmpty({ dtype, shape, external, bytes }: Weight): boolean {
  if (dtype !== "float32" || external || size(shape) === 0) return false;
  try {
    return bytes().length === 0;
  } catch {
    return true;
  }
}

function made({ shape }: Weight, seed: number): NewTensor {
  const [, ...fanIn] = shape;
  const wide = shape.length > 1 ? Math.sqrt(6 / size(fanIn)) : 0.5;
  const around = shape.length > 1 ? 0 : 1;
  let state = (seed + 1) * 2654435761;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const bytes = (): Uint8Array =>
    new Uint8Array(Float32Array.from({ length: size(shape) }, () => around + wide * next()).buffer);
  return { shape, bytes };
}
