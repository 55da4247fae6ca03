import { type Model, segmentModel } from "@prune/onnx";
import type { ValuesByName } from "../values.js";
import type { Runner } from "./runner.js";

/** Dims of some tensors on one batch. */
export async function probeShapes(
  model: Model,
  tensors: readonly string[],
  feeds: ValuesByName,
  runner: Runner,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const names = [...new Set(tensors)];
  if (names.length === 0) return new Map();
  const dimsOf = (i: number): string => `prune.dims.${i}`;
  const types = new Map(model.graph.inputs.map(({ name, elementType }) => [name, elementType]));
  const bytes = segmentModel(model, {
    inputs: Object.keys(feeds).map((name) => ({ name, elementType: types.get(name) ?? 1 })),
    outputs: names.map((_, i) => dimsOf(i)),
    inserted: names.map((name, i) => ({
      name: dimsOf(i),
      op: "Shape",
      domain: "",
      inputs: [name],
      outputs: [dimsOf(i)],
      attributes: new Map(),
    })),
  });
  const session = await runner.open(bytes);
  try {
    const fed = session.inputNames.map((name) => [name, feeds[name]!] as const);
    const found = await runner.run(session, Object.fromEntries(fed));
    return new Map(
      names.map((name, i) => [name, Array.from(found[dimsOf(i)]?.data as BigInt64Array, Number)]),
    );
  } finally {
    await session.release();
  }
}
