import { end, type GradientKit, type Sizes, Unemitted } from "../graph/kit.js";
import type { GradientNode } from "./step.js";

/** How a window moves over the places of a tensor N x C x places. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Zeros before and behind, by dim. */
  readonly before: readonly number[];
  readonly behind: readonly number[];
}

/** The window of a convolution or a pooling of x to y; for a transposed one, y is the smaller tensor. */
export function windowOf(
  n: GradientNode,
  k: GradientKit,
  kernel: readonly number[],
  x: string,
  y: string,
): Window {
  const ones = kernel.map(() => 1);
  const strides = n.ints("strides") ?? ones;
  const dilations = n.ints("dilations") ?? ones;
  const autoPad = n.text("auto_pad", "NOTSET");
  const pads = n.ints("pads");
  const stated = n.ints("output_shape");
  if (autoPad === "VALID" || (autoPad === "NOTSET" && !pads && !stated))
    return { kernel, strides, dilations, before: ones.map(() => 0), behind: ones.map(() => 0) };
  if (autoPad === "NOTSET" && !stated)
    return {
      kernel,
      strides,
      dilations,
      before: (pads as readonly number[]).slice(0, kernel.length),
      behind: (pads as readonly number[]).slice(kernel.length),
    };
  const extra = n.ints("output_padding") ?? ones.map(() => 0);
  const totals = kernel.map((size, dim) => {
    const reach = (size - 1) * (dilations[dim] as number) + 1;
    const [stride, more] = [strides[dim] as number, extra[dim] as number];
    if (stride === 1 && !stated) return reach - 1;
    const [large, small] = [k.shape(x)?.[dim + 2], k.shape(y)?.[dim + 2]];
    if (typeof large !== "number" || typeof small !== "number")
      throw new Unemitted("its padding follows from sizes that are known only at run time");
    return Math.max((small - 1) * stride + reach + more - large, 0);
  });
  const lower = autoPad === "SAME_UPPER" ? Math.floor : Math.ceil;
  const before = totals.map((total) => lower(total / 2));
  return {
    kernel,
    strides,
    dilations,
    before,
    behind: totals.map((total, dim) => total - (before[dim] as number)),
  };
}

/**
 * What a convolution's output gives back to its input, N x C x places of x: with strides of 1 a convolution with the
 * kernel turned about, which is up to twice as fast as what it is otherwise, a transposed convolution.
 */
export function scatter(
  k: GradientKit,
  dy: string,
  weights: string,
  window: Window,
  group: number,
  x: string,
  y: string,
): string {
  const { kernel, strides, dilations, before, behind } = window;
  const around = [before, behind].map((zeros) =>
    zeros.map((size, dim) => ((kernel[dim] as number) - 1) * (dilations[dim] as number) - size),
  ) as [number[], number[]];
  const turned =
    strides.every((size) => size === 1) && around.flat().every((size) => size >= 0)
      ? turnedAbout(k, weights, kernel, group)
      : undefined;
  if (turned)
    return k.emit("Conv", [dy, turned], { kernel_shape: kernel, dilations, pads: around.flat(), group });
  const attributes = { kernel_shape: kernel, strides, dilations, group };
  const [large, small] = [x, y].map((tensor) => k.shape(tensor)?.slice(2));
  const sizes = large?.map((size, dim) => {
    const out = small?.[dim];
    if (typeof size !== "number" || typeof out !== "number") return undefined;
    const full =
      (out - 1) * (strides[dim] as number) + ((kernel[dim] as number) - 1) * (dilations[dim] as number) + 1;
    return (before[dim] as number) + size - full;
  });
  if (sizes?.every((missing) => missing !== undefined)) {
    const open = sizes as readonly number[];
    const most = Math.max(0, ...open.map((missing, dim) => missing - (strides[dim] as number) + 1));
    const own = most > 0 ? open.map(() => 0) : open.map((missing) => Math.max(missing, 0));
    const pads = [...before, ...open.map((missing) => Math.max(-missing, 0))];
    if (most === 0)
      return k.emit("ConvTranspose", [dy, weights], { ...attributes, pads, output_padding: own });
  }
  // Sizes that are known only at run time, or places behind the last window: cut from what is surely large enough.
  const all = k.emit("ConvTranspose", [dy, weights], attributes);
  const spare = large?.map((_, dim) =>
    Math.max((strides[dim] as number) - 1, sizes?.[dim] ?? 0, window.behind[dim] as number),
  ) as readonly number[];
  const padded = k.pad(all, [0, 0, ...before.map(() => 0), 0, 0, ...spare]);
  const axes = before.map((_, dim) => dim + 2);
  return k.slice(padded, before, sum(k, before, placesOf(k, x)), axes);
}

/** Kernels with inputs and outputs changed about, every cell where the one opposite was; undefined where that can't be written. */
function turnedAbout(
  k: GradientKit,
  weights: string,
  kernel: readonly number[],
  group: number,
): string | undefined {
  const places = kernel.map((_, dim) => dim + 2);
  const wide = places.filter((_, dim) => kernel[dim] !== 1);
  if (wide.length > 0 && k.opset < 10) return undefined;
  const each = (size: number): number[] => wide.map(() => size);
  const opposite = wide.length > 0 ? k.slice(weights, each(-1), each(-end), wide, each(-1)) : weights;
  if (group === 1) return k.transpose(opposite, [1, 0, ...places]);
  const inputs = k.shape(weights)?.[1];
  if (typeof inputs !== "number") return undefined;
  const grouped = k.reshape(opposite, [group, -1, inputs, ...kernel]);
  const swapped = k.transpose(grouped, [0, 2, 1, ...places.map((dim) => dim + 1)]);
  return k.reshape(swapped, [group * inputs, -1, ...kernel]);
}

/** Kernels of up to so many cells become one product. */
const fewCells = 25;

/** A tensor of a convolution's output, by the forward tensor whose shape it has. */
export interface Outcome {
  readonly y: string;
  readonly dy: string;
}

/**
 * The gradient of a convolution's weights, outputs x inputs of a group x kernel. A small kernel is made of one product
 * of moved copies, a large one of a single convolution: of the two the faster on a CPU, by a factor of two to twenty.
 */
export function weightGradient(
  k: GradientKit,
  x: string,
  out: Outcome,
  window: Window,
  group: number,
  inputs: number,
): string {
  const cells = window.kernel.reduce((a, b) => a * b, 1);
  const sizes = [...(k.shape(x)?.slice(2) ?? ["?"]), ...(k.shape(out.y)?.slice(2) ?? ["?"])];
  const isKnown = sizes.every((size) => typeof size === "number");
  return cells <= fewCells && isKnown && k.opset >= 10
    ? ofMovedCopies(k, x, out, window, group, inputs)
    : asConvolution(k, x, out, window, group, inputs);
}

/**
 * Along some dims of the kernel it is x that is moved, along the others dy, the other way: a kernel of 3 x 3 takes three
 * copies of each, in place of nine of one, and their product has all nine cells.
 */
function ofMovedCopies(
  k: GradientKit,
  x: string,
  { y, dy }: Outcome,
  window: Window,
  group: number,
  inputs: number,
): string {
  const { kernel, strides, dilations, before, behind } = window;
  const outputs = Number(k.shape(y)?.[1]);
  const [own, made] = [inputs / group, outputs / group];
  const places = kernel.map((_, dim) => dim + 2);
  const swap = [1, 0, ...places];
  const [large, small] = [x, y].map((tensor) => (k.shape(tensor) ?? []).slice(2)) as [number[], number[]];
  const movesX = dimsOfX(window, inputs, outputs);
  const where = (ofX: boolean, values: readonly number[], otherwise: number): number[] =>
    values.map((value, dim) => (movesX[dim] === ofX ? value : otherwise));
  const stacked = (copies: readonly string[], channels: number): string => {
    const rows = k.concat(
      copies.map((copy) => k.reshape(copy, [group, channels, -1])),
      1,
    );
    return group === 1 ? k.reshape(rows, [copies.length * channels, -1]) : rows;
  };

  const moving = places.filter((_, dim) => movesX[dim]);
  const ofMoving = (values: readonly number[]): number[] => values.filter((_, dim) => movesX[dim]);
  const padded = [0, 0, ...where(true, before, 0), 0, 0, ...where(true, behind, 0)];
  const data = k.transpose(k.pad(x, padded), swap);
  const seen = cellsOf(where(true, kernel, 1)).map((cell) => {
    if (moving.length === 0) return data;
    const start = cell.map((at, dim) => at * (dilations[dim] as number));
    const stop = start.map((at, dim) => at + ((small[dim] as number) - 1) * (strides[dim] as number) + 1);
    return k.slice(data, ofMoving(start), ofMoving(stop), moving, ofMoving(strides));
  });
  const gradient = k.transpose(dy, swap);
  const given = cellsOf(where(false, kernel, 1)).map((cell) => {
    const lead = cell.map((at, dim) => at * (dilations[dim] as number) - (before[dim] as number));
    const tail = lead.map((at, dim) => (large[dim] as number) - (small[dim] as number) - at);
    return k.pad(gradient, [0, 0, ...where(false, lead, 0), 0, 0, ...where(false, tail, 0)]);
  });

  const [rows, columns] = [stacked(given, made), stacked(seen, own)];
  const product =
    group === 1 ? k.gemm(rows, columns, { transB: 1 }) : k.matMul(rows, k.transpose(columns, [0, 2, 1]));
  const rank = kernel.length;
  const apart = k.reshape(product, [group, ...where(false, kernel, 1), made, ...where(true, kernel, 1), own]);
  const byDim = kernel.flatMap((_, dim) => [1 + dim, rank + 2 + dim]);
  const turned = k.transpose(apart, [0, rank + 1, 2 * rank + 2, ...byDim]);
  return k.reshape(turned, [outputs, own, ...kernel]);
}

/** The dims of a kernel along which it costs least to move x; dy can't be moved along a dim with a stride. */
function dimsOfX({ kernel, strides }: Window, inputs: number, outputs: number): readonly boolean[] {
  const ways = cellsOf(kernel.map(() => 2)).map((cell) => cell.map((at) => at === 1));
  const copies = (way: readonly boolean[]): number => {
    const cells = (ofX: boolean): number =>
      kernel.reduce((product, size, dim) => (way[dim] === ofX ? product * size : product), 1);
    return inputs * cells(true) + outputs * cells(false);
  };
  const possible = ways.filter((way) => way.every((ofX, dim) => ofX || strides[dim] === 1));
  return possible.reduce((best, way) => (copies(way) < copies(best) ? way : best));
}

/** The cells of a grid, the last dim fastest. */
const cellsOf = (kernel: readonly number[]): number[][] =>
  kernel.reduce<number[][]>(
    (cells, size) => cells.flatMap((cell) => Array.from({ length: size }, (_, at) => [...cell, at])),
    [[]],
  );

/** Batch and channels change places, strides are dilations and dilations are strides. */
function asConvolution(
  k: GradientKit,
  x: string,
  { y, dy }: Outcome,
  window: Window,
  group: number,
  inputs: number,
): string {
  const { kernel, strides, dilations, before, behind } = window;
  const places = kernel.map((_, dim) => dim + 2);
  const swap = [1, 0, ...places];
  const data = group === 1 ? k.transpose(x, swap) : groupsFirst(k, x, group, inputs / group);
  const made = k.emit("Conv", [data, k.transpose(dy, swap)], {
    strides: dilations,
    dilations: strides,
    pads: [...before, ...behind],
    group,
  });
  // Places behind the last window make the kernel larger than it is.
  const isExact = kernel.every((size, dim) => {
    const [large, small] = [k.shape(x)?.[dim + 2], k.shape(y)?.[dim + 2]];
    if (typeof large !== "number" || typeof small !== "number") return false;
    const reach = (small - 1) * (strides[dim] as number) + 1;
    const room = large + (before[dim] as number) + (behind[dim] as number) - reach;
    return Math.floor(room / (dilations[dim] as number)) + 1 === size;
  });
  return k.transpose(
    isExact
      ? made
      : k.slice(
          made,
          kernel.map(() => 0),
          kernel,
          places,
        ),
    swap,
  );
}

/** N x (groups x inputs) x places as inputs x (groups x N) x places. */
function groupsFirst(k: GradientKit, x: string, group: number, inputs: number): string {
  const split = k.transpose(k.reshape(x, [0, group, inputs, -1]), [2, 1, 0, 3]);
  return k.reshape(split, joined(k, [inputs, -1], placesOf(k, x)));
}

/** Sizes of a tensor's dims from the third on. */
export function placesOf(k: GradientKit, x: string): Sizes {
  const sizes = k.sizes(x);
  return typeof sizes === "string" ? k.slice(sizes, [2], [end], [0]) : sizes.slice(2);
}

/** Sizes behind sizes. */
export const joined = (k: GradientKit, a: Sizes, b: Sizes): Sizes =>
  typeof a === "string" || typeof b === "string"
    ? k.concat([k.sizesTensor(a), k.sizesTensor(b)], 0)
    : [...a, ...b];

const sum = (k: GradientKit, a: readonly number[], b: Sizes): Sizes =>
  typeof b === "string" ? k.add(k.integers(a), b) : a.map((size, dim) => size + (b[dim] as number));
