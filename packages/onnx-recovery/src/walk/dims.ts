import type { Model } from "@prune/onnx";
import type { ValuesByName } from "@prune/runtime-ort";
import { walkNet } from "./net-walk.js";
import type { Runner } from "./runner.js";
import { stretches } from "./stretches.js";
import { study } from "./study.js";

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
  const [first, last] = [new Map<string, number>(), new Map<string, number>()];
  shapes.forEach((shape, b) => {
    if (!first.has(shape)) first.set(shape, b);
    last.set(shape, b);
  });
  const batches = [...new Set([...first.values(), ...last.values()])].sort((a, b) => a - b);
  const found = await runs(
    model,
    names,
    batches.map((b) => samples[b] as ValuesByName),
    runner,
  );
  const at = (b: number | undefined, name: string): readonly number[] =>
    found[batches.indexOf(b as number)]?.get(name) ?? [];
  const varying = new Set(
    names.filter((name) =>
      [...first].some(([shape, b]) => String(at(b, name)) !== String(at(last.get(shape), name))),
    ),
  );
  return {
    of: (tensor, b) => at(first.get(shapes[b] as string), tensor),
    vary: (tensor) => varying.has(tensor),
  };
}

const shapeOf = (feeds: ValuesByName): string =>
  JSON.stringify(Object.entries(feeds).map(([name, { dims }]) => [name, ...dims]));

/** Dims of tensors on each of some samples. */
async function runs(
  model: Model,
  names: readonly string[],
  samples: readonly ValuesByName[],
  runner: Runner,
): Promise<ReadonlyMap<string, readonly number[]>[]> {
  const walk = walkNet(model, samples, { wanted: names, runner });
  const found = samples.map(() => new Map<string, readonly number[]>());
  for (const tensors of stretches(model, names))
    await study(
      [await walk.to(tensors)],
      {
        build: (graph) => {
          for (const name of tensors) graph.output(name, graph.emit("Shape", [graph.any(name)]));
        },
        feeds: () => ({}),
        take(outputs, b) {
          for (const name of tensors)
            found[b]?.set(name, Array.from(outputs[name]?.data as BigInt64Array, Number));
        },
      },
      { runner, batches: samples.length, signal: undefined },
    );
  return found;
}
