import type { LivingCells } from "@prune/onnx/advanced";
import type { Values, ValuesByName } from "../values.js";

/** What a cut leaves ("none": the tensor isn't there) of a tensor of the original that has these dims in a run: see `living` of the ONNX backend. */
export type LivingOf = (tensor: string, dims: readonly number[]) => LivingCells | "all" | "none" | undefined;

/** The cells of a tensor that a cut leaves. */
export function pick({ type, data }: Values, { dims, places }: LivingCells): Values {
  const from = data as Float32Array;
  const to = new (from.constructor as Float32ArrayConstructor)(places.length);
  for (let i = 0; i < places.length; i++) to[i] = from[places[i] as number] as number;
  return { type, dims, data: to };
}

/** What a cut leaves of a tensor; undefined where that can't be told. */
export function livingOf(values: Values | undefined, living: LivingOf, name: string): Values | undefined {
  const cells = values && living(name, values.dims);
  if (cells === "none") return undefined;
  return cells === "all" ? values : cells && values && pick(values, cells);
}

/** Inputs or outputs as a smaller model has them: those whose shape follows from the cut without what it leaves out. */
export const leftOf = <T extends ValuesByName>(values: T, living: LivingOf): ValuesByName =>
  Object.fromEntries(
    Object.entries(values)
      .filter(([name, { dims }]) => living(name, dims) !== "none")
      .map(([name, each]) => [name, livingOf(each, living, name) ?? each]),
  );
