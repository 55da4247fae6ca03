import type { ChannelStatistics } from "@prune/graph/advanced";
import type { Linear } from "@prune/onnx/advanced";
import type { Outputs } from "@prune/runtime-ort";
import type { GraphBuilder } from "../walk/graph-builder.js";

const names = ["mean", "magnitude", "square", "inactive"] as const;

/** Means of a tensor's channels over all samples and positions, of how many. */
export interface CountedChannels extends ChannelStatistics {
  readonly count: number;
  readonly mean: Float64Array;
  readonly magnitude: Float64Array;
  readonly square: Float64Array;
  readonly inactive: Float64Array;
}

type Sums = { -readonly [K in keyof CountedChannels]: CountedChannels[K] };

/** Nodes for the statistics of what a layer reads, and sums of what they give; `key` stands before their names. */
export function channelSums({ inputs, window }: Linear, key: string) {
  const sums: Sums = {
    count: 0,
    mean: new Float64Array(inputs),
    magnitude: new Float64Array(inputs),
    square: new Float64Array(inputs),
    inactive: new Float64Array(inputs),
  };
  return {
    sums: sums as CountedChannels,
    build(graph: GraphBuilder, tensor: string, rank: number): void {
      const { emit, integers } = graph;
      // A vector that a matrix is multiplied by is one row.
      const input = window ? tensor : emit("Reshape", [tensor, integers([-1, inputs])]);
      const axes = window ? Array.from({ length: rank }, (_, d) => d).filter((d) => d !== 1) : [0];
      const mean = (name: string, tensor: string): void =>
        graph.output(`${key}channel ${name}`, graph.mean(tensor, axes));
      mean("mean", input);
      mean("magnitude", emit("Abs", [input]));
      mean("square", emit("Mul", [input, input]));
      const active = emit("Cast", [emit("Greater", [input, graph.floats([0], [])])], { to: 1 });
      mean("inactive", emit("Sub", [graph.floats([1], []), active]));
      const sizes = axes.map((axis) => emit("Gather", [emit("Shape", [input]), integers([axis])]));
      graph.output(
        `${key}channel count`,
        sizes.reduce((a, b) => emit("Mul", [a, b])),
      );
    },
    take(outputs: Outputs): void {
      const count = Number(outputs[`${key}channel count`]?.data[0]);
      sums.count += count;
      const weight = count / sums.count;
      for (const name of names) {
        const into = sums[name];
        const batch = outputs[`${key}channel ${name}`]?.data as Float32Array;
        for (let c = 0; c < into.length; c++)
          into[c]! += weight * ((batch[c] as number) - (into[c] as number));
      }
    },
  };
}
