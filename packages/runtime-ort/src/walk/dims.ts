import { type Model, segmentModel } from "@prune/onnx";
import type { ValuesByName } from "../values.js";
import { fedInputs } from "./fed.js";
import type { Runner } from "./runner.js";

/** Dims of tensors by batch. */
export interface Dims {
  of(tensor: string, batch: number): readonly number[];
  /** Whether they follow from what is fed, not only from its shape. */
  vary(tensor: string): boolean;
}

/**
 * Dims of some tensors on samples: the model runs once for each shape that batches have, and once more where several
 * batches have one, to see whether the dims follow from it.
 */
export async function dimsOf(
  model: Model,
  tensors: readonly string[],
  samples: readonly ValuesByName[],
  runner: Runner,
): Promise<Dims> {
  const names = [...new Set(tensors)];
  const shapes = samples.map(shapeOf);
  const first = new Map<string, number>();
  const last = new Map<string, number>();
  shapes.forEach((shape, b) => {
    if (!first.has(shape)) first.set(shape, b);
    last.set(shape, b);
  });
  const found = new Map<number, ReadonlyMap<string, readonly number[]>>();
  for (const [b, dims] of await runs(model, names, samples, [...first.values(), ...last.values()], runner))
    found.set(b, dims);
  const at = (b: number): ReadonlyMap<string, readonly number[]> | undefined => found.get(b);
  const varying = new Set(
    names.filter((name) =>
      [...first].some(
        ([shape, b]) => String(at(b)?.get(name)) !== String(at(last.get(shape) as number)?.get(name)),
      ),
    ),
  );
  return {
    of: (tensor, b) => at(first.get(shapes[b] as string) as number)?.get(tensor) ?? [],
    vary: (tensor) => varying.has(tensor),
  };
}

const shapeOf = (feeds: ValuesByName): string =>
  JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, ...dims]));

async function runs(
  model: Model,
  names: readonly string[],
  samples: readonly ValuesByName[],
  batches: readonly number[],
  runner: Runner,
): Promise<Map<number, ReadonlyMap<string, readonly number[]>>> {
  const found = new Map<number, ReadonlyMap<string, readonly number[]>>();
  if (names.length === 0) return found;
  const dims = (i: number): string => `dims::${i}`;
  const bytes = segmentModel(model, {
    inputs: fedInputs(model),
    outputs: names.map((_, i) => dims(i)),
    inserted: names.map((name, i) => ({
      name: dims(i),
      op: "Shape",
      domain: "",
      inputs: [name],
      outputs: [dims(i)],
      attributes: new Map(),
    })),
  });
  const session = await runner.open(bytes);
  try {
    for (const b of new Set(batches)) {
      const feeds = samples[b] as ValuesByName;
      const outputs = await runner.run(
        session,
        Object.fromEntries(session.inputNames.map((name) => [name, feeds[name]!])),
      );
      const read = (i: number): number[] => Array.from(outputs[dims(i)]?.data as BigInt64Array, Number);
      found.set(b, new Map(names.map((name, i) => [name, read(i)])));
    }
  } finally {
    await session.release();
  }
  return found;
}
