import type { Fit } from "@prune/recovery";
import type { RowShape } from "@prune/recovery/advanced";
import type { AffineTail } from "../recovery/tail.js";
import type { GraphBuilder } from "../walk/graph-builder.js";

/** Rows as they are, or as groups x rows x (width of a group). */
export function byGroup(graph: GraphBuilder, rows: string, groups: number, width: number): string {
  if (groups === 1) return rows;
  const split = graph.emit("Reshape", [rows, graph.integers([-1, groups, width])]);
  return graph.emit("Transpose", [split], { perm: [1, 0, 2] });
}

/** Rows by group side by side again. */
export function together(graph: GraphBuilder, rows: string, groups: number, width: number): string {
  if (groups === 1) return rows;
  const turned = graph.emit("Transpose", [rows], { perm: [1, 0, 2] });
  return graph.emit("Reshape", [turned, graph.integers([-1, width])]);
}

/** Rows of a layer by group: its inputs, what the dense net gives there, and what the pruned net adds to the layer. */
export interface LaidRows {
  readonly x: string;
  readonly y: string;
  readonly rest: string | undefined;
}

export function laidRows(
  graph: GraphBuilder,
  { groups, inputs, targets }: RowShape,
  { x, y, rest }: LaidRows,
): LaidRows {
  const laid = (rows: string, width: number): string => byGroup(graph, rows, groups, width / groups);
  return { x: laid(x, inputs), y: laid(y, targets), rest: rest && laid(rest, targets) };
}

/** What the layer itself should give: the dense output, or what the sum lacks of the dense sum. */
export function targetOf(
  graph: GraphBuilder,
  tail: AffineTail,
  groups: number,
  { y, rest }: Pick<LaidRows, "y" | "rest">,
): string {
  return rest ? throughTail(graph, tail, groups).back(graph.emit("Sub", [y, rest])) : y;
}

/** The affine map behind the layer, and back. */
export function throughTail(
  { emit, floats }: GraphBuilder,
  { scale, shift }: AffineTail,
  groups: number,
): { forth(tensor: string): string; back(tensor: string): string } {
  const shape = groups === 1 ? [scale.length] : [groups, 1, scale.length / groups];
  const inverse = scale.map((s) => (Math.abs(s) > 1e-6 ? 1 / s : 0));
  return {
    forth: (tensor) => emit("Add", [emit("Mul", [tensor, floats(scale, shape)]), floats(shift, shape)]),
    back: (tensor) => emit("Mul", [emit("Sub", [tensor, floats(shift, shape)]), floats(inverse, shape)]),
  };
}

/** Rows by group through the maps. */
export function applied(graph: GraphBuilder, x: string, fits: readonly Fit[]): string {
  return graph.emit("Add", [graph.emit("MatMul", [x, weightsOf(graph, fits)]), biasOf(graph, fits)]);
}

/** Weights as inputs x outputs, per group where there are several. */
function weightsOf(graph: GraphBuilder, fits: readonly Fit[]): string {
  const q = fits[0]?.bias.length ?? 0;
  const n = (fits[0]?.weights.length ?? 0) / q;
  const values = new Float32Array(fits.length * n * q);
  fits.forEach(({ weights }, g) => {
    for (let o = 0; o < q; o++)
      for (let i = 0; i < n; i++) values[(g * n + i) * q + o] = weights[o * n + i] as number;
  });
  return graph.floats(values, fits.length === 1 ? [n, q] : [fits.length, n, q]);
}

function biasOf(graph: GraphBuilder, fits: readonly Fit[]): string {
  const each = fits[0]?.bias.length ?? 0;
  const values = new Float32Array(fits.length * each);
  fits.forEach(({ bias }, g) => {
    values.set(bias, g * each);
  });
  return graph.floats(values, fits.length === 1 ? [each] : [fits.length, 1, each]);
}
