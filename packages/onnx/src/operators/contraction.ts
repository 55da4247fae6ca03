import type { Kit } from "@prune/graph";
import {
  add,
  type Dim,
  floorDivide,
  type Labelled,
  type Layout,
  subtract,
  symbol,
  type Value,
} from "@prune/graph/advanced";
import { joining, range, says, slide } from "@prune/graph/rules";
import { product } from "../fold/product.js";
import { contracts, contractsAll } from "../mask/gates.js";
import { impossibleWindows, unusualWindows } from "../validate/shapes/convolution.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { einsumMacs, filterMacs, gemmMacs, productMacs, transposedMacs } from "./macs.js";
import { has, int, ints, type OnnxNode, type OnnxRule, text } from "./node.js";
import { adds, type OperatorTable } from "./record.js";
import { convolves, multiplies } from "./support.js";

const letters = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);

/** Labels of a matrix product: batch dims broadcast, `k` is contracted. */
export interface ProductLabels {
  readonly left: readonly string[];
  readonly right: readonly string[];
  readonly out: readonly string[];
}

export function productLabels(p: number, q: number, turned: readonly [boolean, boolean]): ProductLabels {
  const batch = letters("b", Math.max(p, q, 2) - 2);
  const side = (rank: number, dims: readonly string[], turn: boolean): string[] => [
    ...batch.slice(batch.length - rank + 2),
    ...(turn ? [...dims].reverse() : dims),
  ];
  return {
    left: p === 1 ? ["k"] : side(p, ["m", "k"], turned[0]),
    right: q === 1 ? ["k"] : side(q, ["k", "n"], turned[1]),
    out: [...batch, ...(p === 1 ? [] : ["m"]), ...(q === 1 ? [] : ["n"])],
  };
}

/** Inputs i and j as [.., m, k] x [.., k, n], either with its last two dims swapped, and the labels of the result. */
export function multiplied(
  kit: Kit,
  i: number,
  j: number,
  turned: readonly [boolean, boolean] = [false, false],
): Labelled | undefined {
  const [a, b] = [kit.raw(i), kit.raw(j)];
  if (!a?.layout || !b?.layout) return undefined;
  const { left, right, out } = productLabels(a.layout.rank, b.layout.rank, turned);
  const y = kit.meet(
    [
      [a, left],
      [b, right],
    ],
    out,
  );
  return [y, out];
}

/** The result beside input i, which broadcasts to its last dims. */
export function beside(kit: Kit, [y, labels]: Labelled, i: number): Labelled {
  const extra = kit.own(i);
  if (!extra?.layout) return [y, labels];
  const own = labels.slice(Math.max(0, labels.length - extra.layout.rank));
  const met = kit.meet(
    [
      [y, labels],
      [extra, own],
    ],
    labels,
  );
  return [met, labels];
}

export const matmul: OnnxRule = (_, kit) => {
  const product = multiplied(kit, 0, 1);
  return product ? (product[0] as Layout) : kit.opaque();
};

export const gemm: OnnxRule = (node, kit) => {
  const product = multiplied(kit, 0, 1, [int(node, "transA", 0) === 1, int(node, "transB", 0) === 1]);
  if (!product) return kit.opaque();
  return (has(node, 2) ? beside(kit, product, 2) : product)[0] as Layout;
};

const einsum: OnnxRule = (node, kit) => {
  const equation = text(node, "equation").replaceAll(" ", "");
  const [given, result] = equation.split("->") as [string, string | undefined];
  const operands = node.inputs.map((_, i) => kit.raw(i)?.layout);
  if (operands.some((layout) => !layout)) return kit.opaque();
  const ranks = operands.map((layout) => layout?.rank);
  const terms = given.split(",").map((term, i) => expanded(term, ranks[i] as number));
  const widest = Math.max(0, ...terms.map((term) => term.filter((l) => l.startsWith(".")).length));
  if (terms.some((term) => new Set(term).size < term.length)) return kit.opaque("Einsum over a diagonal");
  const all = terms.flat();
  const out =
    result === undefined
      ? [
          ...ellipsis(widest),
          ...[...new Set(all)]
            .filter((l) => !l.startsWith(".") && all.indexOf(l) === all.lastIndexOf(l))
            .sort(),
        ]
      : expanded(result, widest + [...result.replace("...", "")].length);
  return kit.meet(
    terms.map((term, i) => [kit.raw(i) as never, term]),
    out,
  );
};

/** The letters of a term, its ellipsis spelled out; ellipses of all terms line up at their ends. */
function expanded(term: string, rank: number): string[] {
  const [head, tail] = term.split("...") as [string, string | undefined];
  if (tail === undefined) return [...term];
  return [...head, ...ellipsis(rank - head.length - tail.length), ...tail];
}

const ellipsis = (n: number): string[] => Array.from({ length: n }, (_, i) => `.${n - i}`);

/** Sizes of the window over the spatial dims, from attributes; `kernel` from the weights or kernel_shape. */
export function windowOutput(
  node: OnnxNode,
  spatial: readonly Dim[],
  kernel: readonly number[],
  ceil = false,
): Dim[] {
  const n = spatial.length;
  const strides = ints(node, "strides") ?? new Array<number>(n).fill(1);
  const dilations = ints(node, "dilations") ?? new Array<number>(n).fill(1);
  const pads = ints(node, "pads") ?? new Array<number>(2 * n).fill(0);
  const auto = text(node, "auto_pad", "NOTSET");
  return spatial.map((size, i) => {
    const stride = strides[i] as number;
    if (auto.startsWith("SAME")) return ceilDivide(size, stride);
    const reach = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1;
    const pad = auto === "VALID" ? 0 : (pads[i] as number) + (pads[n + i] as number);
    const room = add(size, pad - reach);
    if (!ceil) return add(floorDivide(room, stride), 1);
    const out = add(ceilDivide(room, stride), 1);
    const clipped =
      typeof out === "number" && typeof size === "number" && (out - 1) * stride >= size + (pads[i] as number);
    return clipped ? (out as number) - 1 : out;
  });
}

const ceilDivide = (a: Dim, b: number): Dim => floorDivide(add(a, b - 1), b);

function transposedOutput(node: OnnxNode, spatial: readonly Dim[], kernel: readonly number[]): Dim[] {
  const n = spatial.length;
  const strides = ints(node, "strides") ?? new Array<number>(n).fill(1);
  const dilations = ints(node, "dilations") ?? new Array<number>(n).fill(1);
  const pads = ints(node, "pads") ?? new Array<number>(2 * n).fill(0);
  const extra = ints(node, "output_padding") ?? new Array<number>(n).fill(0);
  const stated = ints(node, "output_shape");
  if (stated) return stated.slice(-n);
  const auto = text(node, "auto_pad", "NOTSET");
  return spatial.map((size, i) => {
    const stride = strides[i] as number;
    const scaled = typeof size === "number" ? size * stride : subtract(size, 0) && mul(size, stride);
    if (auto.startsWith("SAME")) return scaled;
    const reach = (dilations[i] as number) * ((kernel[i] as number) - 1) + 1;
    return add(
      scaled,
      reach -
        stride +
        (extra[i] as number) -
        (auto === "VALID" ? 0 : (pads[i] as number) + (pads[n + i] as number)),
    );
  });
}

const mul = (a: Dim, b: number): Dim => Array.from({ length: b }, () => a).reduce(add, 0 as Dim);

/** The input with its spatial dims at the output's sizes; those that a window slides over stay whole. */
export function moveWindow(
  node: OnnxNode,
  kit: Kit,
  x: Layout,
  sizes: readonly Dim[],
  kernel: readonly number[],
): Layout {
  const slid = range(sizes.length).filter((i) => !isPoint(node, kernel, i));
  return slide(
    kit,
    x,
    slid.map((i) => i + 2),
    slid.map((i) => sizes[i] as Dim),
  );
}

/** Whether a window is a single position that moves to every position: it mixes none. */
function isPoint(node: OnnxNode, kernel: readonly number[], i: number): boolean {
  const n = kernel.length;
  const pads = ints(node, "pads") ?? [];
  const zero = [pads[i], pads[n + i], ints(node, "output_padding")?.[i]].every((pad = 0) => pad === 0);
  return (
    kernel[i] === 1 && (ints(node, "strides")?.[i] ?? 1) === 1 && zero && !node.attributes.has("output_shape")
  );
}

const conv: OnnxRule = (node, kit) =>
  convolved(node, kit, kit.raw(0)?.layout ? kit.layout(0) : imageFor(node, kit), 1, [2]);

/** What an input of unknown shape (made by an operator without a rule) must be for the filters to fit. */
function imageFor(node: OnnxNode, kit: Kit): Layout {
  const [, inner, ...kernel] = kit.shape(kit.raw(1) as Value) as [number, number, ...number[]];
  const unknown = (dim: number): Dim => symbol(`${node.inputs[0]}.${dim}`);
  return kit.fixed([unknown(0), inner * int(node, "group", 1), ...kernel.map((_, i) => unknown(i + 2))]);
}

const filtered = joining("n i *, o i * -> n o *");
const filteredInGroups = joining("n x *, o 1 * -> n o *");
const spread = joining("n i *, i o * -> n o *");
const made = joining("n x *, o -> n o *");
const sameRows = joining("g 1, g 1 -> g");
const besideChannels = joining("n c *, c -> n c *");

/** x [n, c, ..] by filters in input `w`; inputs `perChannel` lie along the filters: bias, scales. */
export function convolved(
  node: OnnxNode,
  kit: Kit,
  x: Layout,
  w: number,
  perChannel: readonly number[],
): Layout {
  const shape = kit.shape(kit.raw(w) as Value) as number[];
  const sizes = windowOutput(node, kit.shape(x).slice(2), shape.slice(2));
  const moved = moveWindow(node, kit, x, sizes, shape.slice(2));
  const group = int(node, "group", 1);
  const filters = kit.some(w, group === 1 ? [0, 1] : [0]);
  kit.pin(
    filters,
    sizes.map((_, i) => i + 2),
    "kernel axis",
    "kernel",
  );
  if (group > 1) joinGroups(node, kit, x, w, filters);
  const y = (group === 1 ? filtered : filteredInGroups)(kit, [moved, filters]);
  return perChannel.reduce((layout, i) => along(node, kit, layout, i), y);
}

/** Channel g*Ig+i meets column i of group g's filters: a whole group may go, or as many channels from each. */
function joinGroups(node: OnnxNode, kit: Kit, x: Layout, at: number, w: Layout): void {
  const group = int(node, "group", 1);
  const input = kit.grid(x, 1, group);
  const filters = kit.grid(w, 0, group);
  if (!input || !filters)
    return void kit.opaque("grouped convolution over an axis that can't be seen as groups");
  sameRows(kit, [input.rows, filters.rows]);
  const [out, inner, ...kernel] = kit.shape(w) as [number, number, ...number[]];
  if (inner > 1) {
    if (kit.raw(at)?.parameter)
      kit.select(at, [group, out / group, inner, ...kernel], [0, 2], input.cells, "in");
    else joining("g i, 1 i * -> g")(kit, [input.cells, kit.layout(at)]);
  }
  kit.patch((cut) => ({ attributes: { group: cut.shape(input.rows)[0] as number } }));
}

/** A convolution whose kernel's positions are moved by an input; so may be what comes through each of them. */
const deformConv: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  for (const i of [2, 4]) if (has(node, i)) kit.pin(kit.layout(i), undefined, "sampling positions", "window");
  if (int(node, "offset_group", 1) > 1)
    kit.pin(x, [1], "channels sampled at positions of their own", "window");
  return convolved(node, kit, x, 1, [3]);
};

const convTranspose: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const shape = kit.shape(kit.raw(1) as never) as number[];
  const sizes = transposedOutput(node, kit.shape(x).slice(2), shape.slice(2));
  const moved = moveWindow(node, kit, x, sizes, shape.slice(2));
  const group = int(node, "group", 1);
  const w = kit.some(1, group === 1 ? [0, 1] : [0]);
  kit.pin(
    w,
    sizes.map((_, i) => i + 2),
    "kernel axis",
    "kernel",
  );
  if (group === 1) return along(node, kit, spread(kit, [moved, w]), 2);
  const [inputs, outputs, ...kernel] = shape as [number, number, ...number[]];
  const channels = kit.drop(
    x,
    x.owner.filter((d) => d !== 1),
  );
  joining("1 i *, i 1 * -> i")(kit, [channels, w]);
  const filters = kit.fresh([group * outputs], [0]);
  const input = kit.grid(x, 1, group);
  const output = kit.grid(filters, 0, group);
  if (!input || !output || !kit.raw(1)?.parameter) {
    kit.opaque("grouped transposed convolution over weights that are not stored as they are used");
    return kit.fixed([kit.shape(x)[0] as Dim, group * outputs, ...sizes]);
  }
  sameRows(kit, [input.rows, output.rows]);
  if (outputs > 1) kit.select(1, [group, inputs / group, outputs, ...kernel], [0, 2], output.cells, "out");
  kit.patch((cut) => ({ attributes: { group: cut.shape(input.rows)[0] as number } }));
  return along(node, kit, made(kit, [moved, filters]), 2);
};

/** y [n, c, ..] beside input i, which lies along its channels. */
function along(node: OnnxNode, kit: Kit, y: Layout, i: number): Layout {
  const value = has(node, i) ? kit.own(i) : undefined;
  // One scale for all channels meets none of them.
  return value && value.layout?.rank !== 0 ? besideChannels(kit, [y, value]) : y;
}

/** Operators that multiply and sum. */
export const contraction: OperatorTable = {
  MatMul: {
    rule: matmul,
    support: multiplies,
    mask: contracts(0, 1),
    macs: productMacs,
    fold: product.MatMul,
    channels: "mixed",
    matrix: 1,
    filled: [0, 1],
    impossible: impossibleOperands.MatMul,
  },
  Gemm: {
    rule: gemm,
    support: multiplies,
    mask: contracts(0, 1),
    macs: gemmMacs,
    fold: product.Gemm,
    channels: "mixed",
    duty: adds(2),
    matrix: 1,
    filled: [0, 1, 2],
    impossible: impossibleOperands.Gemm,
  },
  Einsum: {
    rule: einsum,
    support: says("dims of the same letter", "dims of a diagonal"),
    mask: contractsAll,
    macs: einsumMacs,
    fold: product.Einsum,
    channels: "mixed",
    matrix: 1,
    impossible: impossibleOperands.Einsum,
  },
  Conv: {
    rule: conv,
    support: convolves,
    mask: contracts(0),
    macs: filterMacs(1),
    fold: undefined,
    channels: "mixed",
    duty: adds(2),
    matrix: 1,
    filled: [1, 2],
    impossible: impossibleWindows.Conv,
    unusual: unusualWindows.Conv,
  },
  ConvTranspose: {
    rule: convTranspose,
    support: says(
      "as Conv, with the weight's first two dims swapped",
      "space, kernel; all of it when grouped over weights that are not stored as they are used",
    ),
    mask: contracts(0),
    macs: transposedMacs,
    fold: undefined,
    channels: "mixed",
    duty: adds(2),
    matrix: 1,
    filled: [1, 2],
    impossible: impossibleWindows.ConvTranspose,
    unusual: unusualWindows.ConvTranspose,
  },
  DeformConv: {
    rule: deformConv,
    support: says(
      "as Conv",
      "space, kernel, offsets and masks; all channels where they are sampled in groups of their own",
    ),
    mask: contracts(0),
    macs: filterMacs(1),
    fold: undefined,
    channels: "mixed",
    matrix: 1,
  },
};
