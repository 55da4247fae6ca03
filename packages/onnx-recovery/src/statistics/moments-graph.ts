import type { MomentsLike } from "@prune/recovery/advanced";
import type { Outputs } from "@prune/runtime-ort";
import type { GraphBuilder } from "../walk/graph-builder.js";

export interface MomentsOptions {
  readonly groups: number;
  /** Inputs of one group. */
  readonly inputs: number;
  /** Leave xx out. @default true */
  readonly squares?: boolean;
  /** Stands before the outputs' names. @default none */
  readonly key?: string;
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
  { groups, inputs, squares = true, key = "" }: MomentsOptions,
): void {
  const { emit } = graph;
  const axis = groups === 1 ? 0 : 1;
  const precise = (tensor: string): string =>
    inputs <= mostDoubled ? emit("Cast", [tensor], { to: float64 }) : tensor;
  const centred = (rows: string, part: string): string => {
    const means = graph.mean(rows, [axis]);
    graph.output(key + part, means);
    return emit("Sub", [
      rows,
      groups === 1 ? means : emit("Reshape", [means, graph.integers([groups, 1, -1])]),
    ]);
  };
  const crossed = (a: string, b: string): string =>
    emit("MatMul", [emit("Transpose", [a], { perm: groups === 1 ? [1, 0] : [0, 2, 1] }), b]);
  const cx = centred(precise(x), "meanX");
  if (squares) graph.output(`${key}xx`, crossed(cx, cx));
  if (y === undefined) return;
  const cy = centred(precise(y), "meanY");
  graph.output(`${key}xy`, crossed(cx, cy));
  graph.output(`${key}yy`, graph.mean(emit("Mul", [cy, cy]), [axis]));
}

/** The moments that such nodes gave, by group. */
export function momentsFrom(outputs: Outputs, count: number, groups: number, key = ""): MomentsLike[] {
  const part = (name: string, group: number): Float32Array | Float64Array => {
    const data = outputs[key + name]?.data as Float32Array | Float64Array | undefined;
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
