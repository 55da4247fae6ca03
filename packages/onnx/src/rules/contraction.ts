import { add, type Dim, floorDivide, type Kit, type Layout, subtract } from "@prune/graph";
import { has, int, ints, type OnnxNode, type OnnxRule, type Rules, text } from "./node.js";

const letters = (prefix: string, n: number): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);

/** [.., m, k] x [.., k, n]: batch dims broadcast, k is contracted. */
export const matmul: OnnxRule = (_, kit) => {
  const [a, b] = [kit.raw(0), kit.raw(1)];
  if (!a?.layout || !b?.layout) return kit.opaque()[0] as { layout: Layout | undefined };
  const [p, q] = [a.layout.rank, b.layout.rank];
  const batch = letters("b", Math.max(p, q, 2) - 2);
  const left = p === 1 ? ["k"] : [...batch.slice(batch.length - p + 2), "m", "k"];
  const right = q === 1 ? ["k"] : [...batch.slice(batch.length - q + 2), "k", "n"];
  const out = [...batch, ...(p === 1 ? [] : ["m"]), ...(q === 1 ? [] : ["n"])];
  return kit.meet(
    [
      [a, left],
      [b, right],
    ],
    out,
  );
};

const gemm: OnnxRule = (node, kit) => {
  const a = int(node, "transA", 0) ? ["k", "m"] : ["m", "k"];
  const b = int(node, "transB", 0) ? ["n", "k"] : ["k", "n"];
  const [x, w] = [kit.raw(0), kit.raw(1)];
  if (!x?.layout || !w?.layout) return kit.opaque();
  const y = kit.meet(
    [
      [x, a],
      [w, b],
    ],
    ["m", "n"],
  );
  const c = has(node, 2) ? kit.own(2) : undefined;
  if (!c?.layout) return y;
  return kit.meet(
    [
      [y, ["m", "n"]],
      [c, ["m", "n"].slice(2 - c.layout.rank)],
    ],
    ["m", "n"],
  );
};

const einsum: OnnxRule = (node, kit) => {
  const equation = text(node, "equation").replaceAll(" ", "");
  if (equation.includes("...")) return kit.opaque("Einsum with an ellipsis");
  const [given, result] = equation.split("->") as [string, string | undefined];
  const terms = given.split(",").map((term) => [...term]);
  if (terms.some((term) => new Set(term).size < term.length)) return kit.opaque("Einsum over a diagonal");
  const all = terms.flat();
  const out =
    result === undefined
      ? [...new Set(all)].filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort()
      : [...result];
  return kit.meet(
    terms.map((term, i) => [kit.raw(i) as never, term]),
    out,
  );
};

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

/** The input with its spatial dims at the output's sizes; named ones stay whole. */
function moveWindow(kit: Kit, x: Layout, sizes: readonly Dim[]): Layout {
  const dims = sizes.map((_, i) => i + 2);
  kit.pin(x, dims, "a window slides along the axis", "window");
  return dims.reduce((layout, dim, i) => kit.resize(layout, dim, sizes[i] as Dim), x);
}

const conv: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const shape = kit.shape(kit.raw(1) as never) as number[];
  const sizes = windowOutput(node, kit.shape(x).slice(2), shape.slice(2));
  const moved = moveWindow(kit, x, sizes);
  const s = letters("s", sizes.length);
  const none = sizes.map(() => "");
  const group = int(node, "group", 1);
  const w = kit.some(1, group === 1 ? [0, 1] : [0]);
  kit.pin(
    w,
    sizes.map((_, i) => i + 2),
    "kernel axis",
    "kernel",
  );
  const own = group === 1 ? "c" : "";
  if (group > 1) joinGroups(node, kit, x, w, group, shape);
  const y = kit.meet(
    [
      [moved, ["n", group === 1 ? "c" : "x", ...s]],
      [w, ["o", own, ...none]],
    ],
    ["n", "o", ...s],
  );
  return bias(node, kit, y, s);
};

/** Channel g*Ig+i meets column i of group g's filters: a whole group may go, or as many channels from each. */
function joinGroups(
  _node: OnnxNode,
  kit: Kit,
  x: Layout,
  w: Layout,
  group: number,
  shape: readonly number[],
): void {
  const input = kit.grid(x, 1, group);
  const filters = kit.grid(w, 0, group);
  if (!input || !filters)
    return void kit.opaque("grouped convolution over an axis that can't be seen as groups");
  kit.meet(
    [
      [input.rows, ["g", ""]],
      [filters.rows, ["g", ""]],
    ],
    ["g"],
  );
  const [out, inner, ...kernel] = shape as [number, number, ...number[]];
  if (inner > 1) {
    if (kit.raw(1)?.parameter)
      kit.select(1, [group, out / group, inner, ...kernel], [0, 2], input.cells, "in");
    else
      kit.meet(
        [
          [input.cells, ["g", "i"]],
          [kit.layout(1), ["", "i", ...kernel.map(() => "")]],
        ],
        ["g"],
      );
  }
  kit.patch((cut) => ({ attributes: { group: cut.shape(input.rows)[0] as number } }));
}

const convTranspose: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const shape = kit.shape(kit.raw(1) as never) as number[];
  const sizes = transposedOutput(node, kit.shape(x).slice(2), shape.slice(2));
  const moved = moveWindow(kit, x, sizes);
  const s = letters("s", sizes.length);
  const none = sizes.map(() => "");
  const group = int(node, "group", 1);
  const w = kit.some(1, group === 1 ? [0, 1] : [0]);
  kit.pin(
    w,
    sizes.map((_, i) => i + 2),
    "kernel axis",
    "kernel",
  );
  if (group === 1)
    return bias(
      node,
      kit,
      kit.meet(
        [
          [moved, ["n", "c", ...s]],
          [w, ["c", "o", ...none]],
        ],
        ["n", "o", ...s],
      ),
      s,
    );
  const [inputs, outputs, ...kernel] = shape as [number, number, ...number[]];
  kit.meet(
    [
      [
        kit.drop(
          x,
          x.owner.filter((d) => d !== 1),
        ),
        ["", "c", ...none],
      ],
      [w, ["c", "", ...none]],
    ],
    ["c"],
  );
  const made = kit.fresh([group * outputs], [0]);
  const input = kit.grid(x, 1, group);
  const output = kit.grid(made, 0, group);
  if (!input || !output || !kit.raw(1)?.parameter)
    return kit.opaque("grouped transposed convolution over an axis that can't be seen as groups");
  kit.meet(
    [
      [input.rows, ["g", ""]],
      [output.rows, ["g", ""]],
    ],
    ["g"],
  );
  if (outputs > 1) kit.select(1, [group, inputs / group, outputs, ...kernel], [0, 2], output.cells, "out");
  kit.patch((cut) => ({ attributes: { group: cut.shape(input.rows)[0] as number } }));
  return bias(
    node,
    kit,
    kit.meet(
      [
        [moved, ["n", "x", ...s]],
        [made, ["o"]],
      ],
      ["n", "o", ...s],
    ),
    s,
  );
};

function bias(node: OnnxNode, kit: Kit, y: Layout, s: readonly string[]): Layout {
  if (!has(node, 2)) return y;
  return kit.meet(
    [
      [y, ["n", "o", ...s]],
      [kit.own(2) as never, ["o"]],
    ],
    ["n", "o", ...s],
  );
}

/** Operators that multiply and sum. */
export const contraction: Rules = {
  MatMul: matmul,
  Gemm: gemm,
  Einsum: einsum,
  Conv: conv,
  ConvTranspose: convTranspose,
};
