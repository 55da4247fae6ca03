import type { MomentsLike } from "@prune/recovery";
import type { Outputs } from "../run.js";
import type { GraphBuilder } from "../walk/graph-builder.js";

export interface MomentsOptions {
  readonly groups: number;
  /** Inputs of one group. */
  readonly inputs: number;
  /** Leave xx out. @default true */
  readonly squares?: boolean;
}

/** Up to this many inputs the products are cheap enough for double precision. */
const mostDoubled = 256;
const float64 = 11;

/**
 * Adds nodes for the moments of rows x and y about their means over the batch; centred before they are multiplied,
 * so that single precision is enough for wide layers. Rows per group have moments per group.
 */
export function emitMoments(
  graph: GraphBuilder,
  x: string,
  y: string | undefined,
  { groups, inputs, squares = true }: MomentsOptions,
): void {
  const { emit } = graph;
  const precise = (tensor: string): string =>
    inputs <= mostDoubled ? emit("Cast", [tensor], { to: float64 }) : tensor;
  const shares = precise(graph.fed("mean", "float32"));
  // In single precision they are not quite 1 / count.
  const mean = emit("Div", [shares, emit("ReduceSum", [shares], { keepdims: 0 })]);
  const centred = (rows: string, name: string): string => {
    const means = emit("MatMul", [mean, rows]);
    graph.output(name, means);
    return emit("Sub", [rows, means]);
  };
  const crossed = (a: string, b: string): string =>
    groups === 1
      ? emit("Gemm", [a, b], { transA: 1 })
      : emit("MatMul", [emit("Transpose", [a], { perm: [0, 2, 1] }), b]);
  const cx = centred(precise(x), "meanX");
  if (squares) graph.output("xx", crossed(cx, cx));
  if (y === undefined) return;
  const cy = centred(precise(y), "meanY");
  graph.output("xy", crossed(cx, cy));
  graph.output("yy", emit("MatMul", [mean, emit("Mul", [cy, cy])]));
}

/** The moments that such nodes gave, by group. */
export function momentsFrom(outputs: Outputs, count: number, groups: number): MomentsLike[] {
  const part = (name: string, group: number): Float32Array | Float64Array => {
    const data = outputs[name]?.data as Float32Array | Float64Array | undefined;
    if (!data) return new Float32Array();
    const size = data.length / groups;
    return data.subarray(group * size, (group + 1) * size);
  };
  return Array.from({ length: groups }, (_, g) => ({
    count,
    meanX: part("meanX", g),
    meanY: part("meanY", g),
    xx: part("xx", g),
    xy: part("xy", g),
    yy: part("yy", g).map((value) => value * count),
  }));
}
