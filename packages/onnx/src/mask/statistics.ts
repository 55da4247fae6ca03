import { apply } from "./apply.js";
import { type } from "./element-types.js";
import { fillDead, typeOf, workType } from "./gate.js";
import { excess, type Mask } from "./mask.js";
import type { Writer } from "./writer.js";

/** A tensor on the way, in a type that statistics are computed in. */
export interface Sample {
  readonly tensor: string;
  readonly elementType: number;
  readonly mask: Mask;
}

export function sample(writer: Writer, tensor: string, mask: Mask): Sample {
  const from = typeOf(writer, tensor);
  const elementType = workType(from) === type.float64 ? type.float64 : type.float32;
  return { tensor: writer.cast(tensor, from, elementType), elementType, mask };
}

/** Mean of the living cells along dims, which stay as size 1. */
export function mean(writer: Writer, { tensor, elementType, mask }: Sample, dims: readonly number[]): string {
  const all = writer.reduce("ReduceMean", fillDead(writer, tensor, elementType, [mask]), dims);
  return corrected(writer, all, elementType, mask, { dims, keep: true });
}

/** A mean over all cells, dead ones being zero, made a mean over the living. */
export function corrected(
  writer: Writer,
  means: string,
  elementType: number,
  mask: Mask,
  reduced: { readonly dims: readonly number[]; readonly keep: boolean },
): string {
  const times = excess(mask, reduced.dims);
  if (!times) return means;
  const combine = (x: string, ratio: string): string => writer.emit("Mul", [x, ratio]);
  return apply(writer, means, mask, times, { elementType, combine }, reduced);
}

export interface Standardised {
  readonly tensor: string;
  readonly mean: string | undefined;
  /** 1 / deviation. */
  readonly scale: string;
}

export interface Standard {
  readonly dims: readonly number[];
  readonly epsilon: number;
  /** Subtracts the mean. @default true */
  readonly centre?: boolean;
  /** Adds epsilon to the deviation instead of the variance. @default false */
  readonly outside?: boolean;
}

/** (x - mean) / deviation by statistics of the living cells. */
export function standardise(
  writer: Writer,
  x: Sample,
  { dims, epsilon, centre = true, outside = false }: Standard,
): Standardised {
  const middle = centre ? mean(writer, x, dims) : undefined;
  const tensor = middle === undefined ? x.tensor : writer.emit("Sub", [x.tensor, middle]);
  const living = fillDead(writer, tensor, x.elementType, [x.mask]);
  const variance = mean(writer, { ...x, tensor: writer.emit("Mul", [living, living]) }, dims);
  const small = writer.scalar(x.elementType, epsilon);
  const deviation = outside
    ? writer.emit("Add", [writer.emit("Sqrt", [variance]), small])
    : writer.emit("Sqrt", [writer.emit("Add", [variance, small])]);
  const scale = writer.emit("Div", [writer.scalar(x.elementType, 1), deviation]);
  return { tensor: writer.emit("Mul", [tensor, scale]), mean: middle, scale };
}
