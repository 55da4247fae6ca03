import type { Linear } from "@prune/onnx";
import type { Random } from "../random.js";
import { type Feeds, floatValues, type GraphBuilder, integerValues } from "./graph-builder.js";
import { sample, windowPositions } from "./positions.js";

/**
 * Nodes that lay a layer's input and output out as rows, one per sampled position: the input as seen through the
 * window, zeros of the padding included. A grouped convolution has rows per group.
 */
export interface Rows {
  /** `groups` x rows x (inputs of a group x kernel), or without the first dim where there is one group. */
  input(tensor: string): string;
  /** The same of a tensor of the output's shape; of some of its channels where `kept` is given. */
  output(tensor: string, kept?: readonly number[]): string;
}

/** Sizes of one layer's run. */
export interface Extent {
  readonly input: readonly number[];
  readonly output: readonly number[];
}

export function rowsOf(graph: GraphBuilder, linear: Linear, pads: readonly number[]): Rows {
  return linear.window ? windowRows(graph, linear, pads) : productRows(graph, linear);
}

function productRows(graph: GraphBuilder, linear: Linear): Rows {
  const rows = graph.input("rows", "int64");
  const flat = (tensor: string, width: number): string =>
    graph.emit("Gather", [graph.emit("Reshape", [tensor, graph.integers([-1, width])]), rows], { axis: 0 });
  return {
    input: (tensor) => flat(tensor, linear.inputs),
    output(tensor, kept) {
      if (!kept) return flat(tensor, linear.outputs);
      const some = graph.emit("Gather", [tensor, graph.integers(kept)], { axis: -1 });
      return flat(some, kept.length);
    },
  };
}

function windowRows(graph: GraphBuilder, linear: Linear, pads: readonly number[]): Rows {
  const { groups } = linear;
  const { emit, integers } = graph;
  const cells = graph.input("cells", "int64");
  const rows = graph.input("rows", "int64");
  const taps = (linear.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  const n = pads.length / 2;
  const width = (linear.inputs / groups) * taps;
  return {
    input(tensor) {
      const padded = pads.some((p) => p !== 0)
        ? emit("Pad", [tensor, integers([0, 0, ...pads.slice(0, n), 0, 0, ...pads.slice(n)])])
        : tensor;
      const flat = emit("Reshape", [padded, integers([0, linear.inputs, -1])]);
      const seen = emit("Gather", [flat, cells], { axis: 2 });
      if (groups === 1) {
        const turned = emit("Transpose", [seen], { perm: [0, 2, 1, 3] });
        return emit("Reshape", [turned, integers([-1, width])]);
      }
      const split = emit("Reshape", [seen, integers([0, groups, linear.inputs / groups, -1, taps])]);
      const turned = emit("Transpose", [split], { perm: [1, 0, 3, 2, 4] });
      return emit("Reshape", [turned, integers([groups, -1, width])]);
    },
    output(tensor, kept) {
      const some = kept ? emit("Gather", [tensor, integers(kept)], { axis: 1 }) : tensor;
      const channels = kept?.length ?? linear.outputs;
      const flat = emit("Reshape", [some, integers([0, channels, -1])]);
      const seen = emit("Gather", [flat, rows], { axis: 2 });
      if (groups === 1) {
        const turned = emit("Transpose", [seen], { perm: [0, 2, 1] });
        return emit("Reshape", [turned, integers([-1, channels])]);
      }
      const split = emit("Reshape", [seen, integers([0, groups, channels / groups, -1])]);
      const turned = emit("Transpose", [split], { perm: [1, 0, 3, 2] });
      return emit("Reshape", [turned, integers([groups, -1, channels / groups])]);
    },
  };
}

/** Feeds that say which positions are sampled, how many rows that gives, and the padding. */
export interface Sampled {
  readonly feeds: Feeds;
  readonly count: number;
  readonly pads: readonly number[];
}

/** Samples a share of the positions of one batch. */
export function sampledRows(
  linear: Linear,
  { input, output }: Extent,
  share: number,
  random: Random,
): Sampled {
  const { window } = linear;
  const wanted = (size: number): number => Math.max(1, Math.min(size, Math.ceil(size * share)));
  if (!window) {
    const all = input.slice(0, -1).reduce((a, b) => a * b, 1);
    const chosen = sample(all, wanted(all), random);
    return withOnes(
      { rows: integerValues(BigInt64Array.from(chosen, BigInt), [chosen.length]) },
      chosen.length,
      [],
    );
  }
  const plane = output.slice(2);
  const size = plane.reduce((a, b) => a * b, 1);
  const { cells, chosen, pads } = windowPositions(window, input.slice(2), plane, wanted(size), random);
  const count = chosen.length * (input[0] as number);
  const feeds = {
    rows: integerValues(chosen, [chosen.length]),
    cells: integerValues(cells, [chosen.length, cells.length / chosen.length]),
  };
  return withOnes(feeds, count, pads);
}

const withOnes = (feeds: Feeds, count: number, pads: readonly number[]): Sampled => ({
  feeds: { ...feeds, mean: floatValues(new Float32Array(count).fill(1 / count), [1, count]) },
  count,
  pads,
});
