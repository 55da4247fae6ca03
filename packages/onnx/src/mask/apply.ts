import { OnnxError } from "../errors.js";
import { type } from "./element-types.js";
import { type Grid, type Mask, spread } from "./mask.js";
import type { Writer } from "./writer.js";

/** What a reduction did to the tensor before: these dims have size 1, or are gone. */
interface Reduced {
  readonly dims: readonly number[];
  readonly keep: boolean;
}

const whole: Reduced = { dims: [], keep: true };

interface Operation {
  readonly elementType: number;
  /** Puts the tensor beside the grid's values, which broadcast to it. */
  combine(tensor: string, values: string): string;
}

/** Combines a tensor with values over factors of its dims: one constant that broadcasts. */
export function apply(
  writer: Writer,
  tensor: string,
  mask: Mask,
  grid: Grid<Uint8Array | Float64Array>,
  { elementType, combine }: Operation,
  reduced: Reduced = whole,
): string {
  const touched = new Set(grid.at.map((f) => mask.owner[f] as number));
  const within = mask.factors.map((_, f) => f).filter((f) => touched.has(mask.owner[f] as number));
  if (within.some((f) => typeof mask.factors[f] !== "number"))
    return applyOpen(writer, tensor, mask, grid, { elementType, combine }, reduced, touched);
  const shape = Array.from({ length: mask.rank }, (_, dim) =>
    touched.has(dim)
      ? within.filter((f) => mask.owner[f] === dim).reduce((n, f) => n * (mask.factors[f] as number), 1)
      : 1,
  );
  const values = spread(mask, grid, within);
  return combine(tensor, writer.constant(elementType, values, trimmed(left(shape, reduced))));
}

const left = <T>(dims: readonly T[], { dims: gone, keep }: Reduced): T[] =>
  dims.filter((_, dim) => keep || !gone.includes(dim));

/** Without leading ones. */
function trimmed(shape: readonly number[]): readonly number[] {
  const first = shape.findIndex((size) => size !== 1);
  return first < 0 ? [] : shape.slice(first);
}

/** A dim, or part of one, of the tensor seen by factors. */
interface Part {
  /** Dim of the tensor as it is. */
  readonly dim: number;
  /** undefined: known at run time, the dim's size over `over`. */
  readonly size: number | undefined;
  readonly over: number;
  readonly factor: number | undefined;
}

/** The same where a touched dim's size is known only at run time: the tensor is cut into factors and put together again. */
function applyOpen(
  writer: Writer,
  tensor: string,
  mask: Mask,
  grid: Grid<Uint8Array | Float64Array>,
  { elementType, combine }: Operation,
  reduced: Reduced,
  touched: ReadonlySet<number>,
): string {
  const dims = left(
    Array.from({ length: mask.rank }, (_, dim) => dim),
    reduced,
  );
  const parts = dims.flatMap((dim, at) =>
    reduced.dims.includes(dim)
      ? [{ dim: at, size: 1, over: 1, factor: undefined }]
      : partsOf(tensor, mask, dim, at, touched.has(dim)),
  );
  const order = [...grid.at].sort((a, b) => a - b);
  const values = spread(mask, grid, order);
  const shape = parts.map(({ factor, size }) =>
    factor !== undefined && grid.at.includes(factor) ? (size as number) : 1,
  );
  const now = writer.emit("Shape", [tensor]);
  const open = writer.emit("Reshape", [tensor, target(writer, parts, now)]);
  return writer.emit("Reshape", [combine(open, writer.constant(elementType, values, shape)), now]);
}

function partsOf(tensor: string, mask: Mask, dim: number, at: number, touched: boolean): Part[] {
  const own = mask.factors.map((_, f) => f).filter((f) => mask.owner[f] === dim);
  const numeric = own.filter((f) => typeof mask.factors[f] === "number");
  const over = numeric.reduce((n, f) => n * (mask.factors[f] as number), 1);
  if (!touched)
    return [{ dim: at, size: numeric.length === own.length ? over : undefined, over: 1, factor: undefined }];
  const parts: Part[] = [];
  for (const f of own) {
    const size = mask.factors[f];
    if (typeof size === "number") parts.push({ dim: at, size, over, factor: f });
    else if (parts.length === 0 || parts.at(-1)?.size !== undefined)
      parts.push({ dim: at, size: undefined, over, factor: undefined });
  }
  if (parts.filter(({ size }) => size === undefined).length > 1)
    throw new OnnxError("unmaskable", {
      tensor,
      why: "one dim mixes several sizes that are known only at run time",
    });
  return parts;
}

/** The factored shape; at most one size is left to Reshape, several are computed. */
function target(writer: Writer, parts: readonly Part[], now: string): string {
  if (parts.filter(({ size }) => size === undefined).length <= 1)
    return writer.integers(parts.map(({ size }) => size ?? -1));
  const pieces = parts.map(({ dim, size, over }) => {
    if (size !== undefined) return writer.integers([size]);
    const length = writer.emit("Gather", [now, writer.integers([dim])]);
    return over === 1 ? length : writer.emit("Div", [length, writer.constant(type.int64, [over], [1])]);
  });
  return writer.emit("Concat", pieces, { axis: 0 });
}
