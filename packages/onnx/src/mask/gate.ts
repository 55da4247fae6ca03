import { OnnxError } from "../errors.js";
import { apply } from "./apply.js";
import { type } from "./element-types.js";
import type { Mask } from "./mask.js";
import type { Writer } from "./writer.js";

/** Element types that runtimes select between; the others pass through one of these. */
const selectable: ReadonlySet<number> = new Set([
  type.float32,
  type.float64,
  type.int32,
  type.int64,
  type.uint8,
]);
const floating: ReadonlySet<number> = new Set([type.float32, type.float64, type.float16, type.bfloat16]);

/** What dead cells become: a number, or a scalar tensor. */
export type Fill = number | { readonly tensor: string };

/** The type in which values of a type are computed on. */
export const workType = (elementType: number): number =>
  selectable.has(elementType) ? elementType : floating.has(elementType) ? type.float32 : type.int32;

export function typeOf(writer: Writer, tensor: string): number {
  const found = writer.typeOf(tensor);
  if (found === undefined)
    throw new OnnxError("unmaskable", { tensor, why: "its element type is not known" });
  return found;
}

/** The tensor with its dead cells filled; living cells, Inf and NaN included, stay bit for bit. */
export function gate(writer: Writer, tensor: string, masks: readonly Mask[], fill: Fill = 0): string {
  if (masks.length === 0) return tensor;
  const from = typeOf(writer, tensor);
  const work = workType(from);
  return writer.cast(fillDead(writer, writer.cast(tensor, from, work), work, masks, fill, from), work, from);
}

/** The same for a tensor of an element type that can be worked with. */
export function fillDead(
  writer: Writer,
  tensor: string,
  work: number,
  masks: readonly Mask[],
  fill: Fill = 0,
  fillType: number = work,
): string {
  const empty =
    typeof fill === "number"
      ? writer.scalar(work, within(work, fillType, fill))
      : writer.cast(fill.tensor, fillType, work);
  let now = tensor;
  for (const mask of masks)
    for (const grid of mask.grids)
      now = apply(
        writer,
        now,
        mask,
        grid,
        writer.opset >= 9
          ? { elementType: type.bool, combine: (x, lives) => writer.emit("Where", [lives, x, empty]) }
          : { elementType: work, combine: (x, lives) => blend(writer, x, lives, work, fill) },
      );
  return now;
}

/** Before there was Where. */
function blend(writer: Writer, x: string, lives: string, work: number, fill: Fill): string {
  const kept = writer.emit("Mul", [x, lives]);
  if (fill === 0 || typeof fill !== "number") return kept;
  const dead = writer.emit("Sub", [writer.scalar(work, 1), lives]);
  const finite = Math.max(-3e38, Math.min(3e38, fill));
  return writer.emit("Add", [kept, writer.emit("Mul", [dead, writer.scalar(work, finite)])]);
}

/** Infinities of integers and flags. */
function within(work: number, elementType: number, fill: number): number {
  if (Number.isFinite(fill) || work === type.float32 || work === type.float64) return fill;
  const [low, high] = ranges.get(elementType) ?? [-(2 ** 31), 2 ** 31 - 1];
  return fill < 0 ? low : high;
}

const ranges: ReadonlyMap<number, readonly [number, number]> = new Map([
  [type.bool, [0, 1]],
  [type.uint8, [0, 255]],
  [type.int8, [-128, 127]],
]);
