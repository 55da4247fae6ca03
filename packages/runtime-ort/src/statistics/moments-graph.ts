import type { MomentsLike } from "@prune/recovery";
import type { Outputs } from "../run.js";
import type { GraphBuilder } from "./graph-builder.js";

/**
 * Adds nodes for the moments of rows x and y about their means over the batch; centred before they are multiplied,
 * so that single precision is enough. Rows per group have moments per group.
 */
export function emitMoments(
  graph: GraphBuilder,
  x: string,
  y: string | undefined,
  groups: number,
  { squares = true }: { readonly squares?: boolean } = {},
): void {
  const { emit } = graph;
  const mean = "mean";
  const centred = (rows: string, name: string): string => {
    const means = emit("MatMul", [mean, rows]);
    graph.output(name, means);
    return emit("Sub", [rows, means]);
  };
  const crossed = (a: string, b: string): string =>
    groups === 1
      ? emit("Gemm", [a, b], { transA: 1 })
      : emit("MatMul", [emit("Transpose", [a], { perm: [0, 2, 1] }), b]);
  const cx = centred(x, "meanX");
  if (squares) graph.output("xx", crossed(cx, cx));
  if (y === undefined) return;
  const cy = centred(y, "meanY");
  graph.output("xy", crossed(cx, cy));
  graph.output("yy", emit("MatMul", [mean, emit("Mul", [cy, cy])]));
}

/** The moments that such nodes gave, by group. */
export function momentsFrom(outputs: Outputs, count: number, groups: number): MomentsLike[] {
  const part = (name: string, group: number): Float32Array => {
    const data = outputs[name]?.data as Float32Array | undefined;
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
