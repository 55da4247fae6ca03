import type { Standard, Standardised } from "../mask/statistics.js";
import type { Writer } from "../mask/writer.js";

/** What is left of a tensor, in the type of its statistics, and its share of the original's positions. */
interface Left {
  readonly tensor: string;
  readonly elementType: number;
  readonly share: number;
}

/** (x - mean) / deviation, where what left counts as zero. */
export function standardise(
  writer: Writer,
  { tensor: x, elementType, share }: Left,
  { dims, epsilon, centre = true, outside = false }: Standard,
): Standardised {
  const scalar = (value: number): string => writer.scalar(elementType, value);
  const mean = (of: string): string =>
    writer.emit("Mul", [writer.reduce("ReduceMean", of, dims), scalar(share)]);
  const middle = centre ? mean(x) : undefined;
  const tensor = middle === undefined ? x : writer.emit("Sub", [x, middle]);
  const left = mean(writer.emit("Mul", [tensor, tensor]));
  const variance = middle === undefined ? left : withGone(writer, left, middle, scalar(1 - share));
  const deviation = outside
    ? writer.emit("Add", [writer.emit("Sqrt", [variance]), scalar(epsilon)])
    : writer.emit("Sqrt", [writer.emit("Add", [variance, scalar(epsilon)])]);
  const scale = writer.emit("Div", [scalar(1), deviation]);
  return { tensor: writer.emit("Mul", [tensor, scale]), mean: middle, scale };
}

/** A variance with the part of what left: it lies at zero, a mean away from the mean. */
export const withGone = (writer: Writer, variance: string, mean: string, gone: string): string =>
  writer.emit("Add", [variance, writer.emit("Mul", [writer.emit("Mul", [mean, mean]), gone])]);
