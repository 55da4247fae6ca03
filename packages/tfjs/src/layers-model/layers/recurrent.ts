import type { Kit } from "@prune/graph";
import type { Dim, Labelled, Layout, Role } from "@prune/graph/advanced";
import { range, says } from "@prune/graph/rules";
import { type LayerNode, type LayerRule, outputSizes, setting, weightInput } from "../node.js";
import { convLstmMacs, recurrentMacs } from "./macs.js";
import { bare, type LayerTable } from "./record.js";

const gatesOf: ReadonlyMap<string, number> = new Map([
  ["LSTM", 4],
  ["GRU", 3],
  ["SimpleRNN", 1],
]);

/** Which of a layer's weights a cell's are: the nth kernel, and of biases, which cells may lack, another. */
interface CellWeights {
  readonly nth: number;
  readonly bias: number | undefined;
}

/**
 * The hidden units of one direction in a layer's kernels, [..window, in, gates x units]: repeated over the gates that lie
 * one after the other.
 */
function hidden(
  node: LayerNode,
  kit: Kit,
  gates: number,
  units: Layout,
  { nth, bias }: CellWeights,
  x: Layout = kit.layout(0),
): void {
  const shapeOf = (input: number): number[] => kit.shape(kit.raw(input) as never) as number[];
  /** Units along a dim counted from the end, of weights whose last dim is opened by gates. */
  const select = (input: number | undefined, back: number, role: Role): void => {
    if (input === undefined) return;
    const shape = shapeOf(input);
    const view = [...shape.slice(0, -1), gates, (shape.at(-1) as number) / gates];
    kit.select(input, view, [view.length - back], units, role);
  };
  const kernel = weightInput(node, "kernel", nth) as number;
  const recurrent = weightInput(node, "recurrent_kernel", nth);
  select(kernel, 1, "out");
  select(recurrent, 1, "out");
  select(recurrent, 3, "in");
  if (bias !== undefined) select(weightInput(node, "bias", bias), 1, "value");
  const rank = shapeOf(kernel).length;
  const at = rank - 2;
  const labels = range(x.rank).map((d) => (d === inputDim(node, x.rank) ? "i" : `d${d}`));
  kit.meet(
    [[x, labels] as Labelled, [kit.some(kernel, [at]), range(rank).map((d) => (d === at ? "i" : ""))]],
    labels.filter((label) => label !== "i"),
  );
}

/** Where the features of a step lie. */
const inputDim = (node: LayerNode, rank: number): number =>
  setting<string>(node, "dataFormat", "channelsLast") === "channelsFirst" ? 2 : rank - 1;

/** A state that is handed in meets the hidden units. */
function initial(node: LayerNode, kit: Kit, units: Layout): void {
  for (const i of range(node.arity - 1, 1))
    kit.meet([[kit.layout(i), ["b", "h"]] as Labelled, [units, ["h"]]], ["b", "h"]);
}

interface Sizes {
  readonly batch: Dim;
  readonly steps: Dim;
}

const sequence = (kit: Kit, units: Layout, { batch, steps }: Sizes): Layout =>
  kit.resize(kit.resize(kit.redim(units, [-1, -1, 0]), 0, batch), 1, steps);

const state = (kit: Kit, units: Layout, { batch }: Sizes): Layout =>
  kit.resize(kit.redim(units, [-1, 0]), 0, batch);

const sizesOf = (kit: Kit): Sizes => {
  const [batch, steps] = kit.shape(0) as [Dim, Dim];
  return { batch, steps };
};

const recurrent: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [0, 1], "time steps", "sequence");
  const kernel = kit.shape(kit.raw(weightInput(node, "recurrent_kernel") as number) as never) as number[];
  const units = kit.fresh([kernel[0] as number], [0]);
  hidden(node, kit, gatesOf.get(node.op) as number, units, { nth: 0, bias: 0 });
  initial(node, kit, units);
  kit.patch((cut) => ({ attributes: { units: cut.shape(units)[0] as number } }));
  const sizes = sizesOf(kit);
  const y = setting(node, "returnSequences", false) ? sequence(kit, units, sizes) : state(kit, units, sizes);
  return node.outputs.map((_, i) => (i === 0 ? y : state(kit, units, sizes)));
};

/** Two directions, whose layers are made from one setting: as many units in each. */
const bidirectional: LayerRule = (node, kit) => {
  const inner = node.config.layer as { readonly className: string; readonly config: Record<string, unknown> };
  const gates = gatesOf.get(inner.className);
  if (gates === undefined || node.arity > 1)
    return kit.opaque(`Bidirectional around ${inner.className} or with given states`);
  const x = kit.layout(0);
  kit.pin(x, [0, 1], "time steps", "sequence");
  const kernel = kit.shape(kit.raw(weightInput(node, "recurrent_kernel") as number) as never) as number[];
  const n = kernel[0] as number;
  const flat = kit.fresh([2 * n], [0]);
  const both = kit.reshape(flat, [2, n]);
  kit.pin(both, [0], "direction of a recurrent layer", "direction");
  const sides = [0, 1].map((d) => kit.redim(kit.take(both, 0, [d]), [1]));
  sides.forEach((units, nth) => {
    hidden(node, kit, gates, units, { nth, bias: nth });
  });
  kit.patch((cut) => ({ attributes: { "layer.units": cut.shape(both)[1] as number } }));
  const sizes = sizesOf(kit);
  const placed = inner.config.returnSequences === true ? sequence : state;
  const [forward, backward] = sides as [Layout, Layout];
  const mode = node.config.mergeMode;
  if (mode === null || mode === undefined)
    return node.outputs.map((_, i) =>
      i < 2 ? placed(kit, sides[i] as Layout, sizes) : state(kit, sides[states(node, i)] as Layout, sizes),
    );
  const merged =
    mode === "concat"
      ? kit.concat([forward, backward], 0)
      : kit.meet([[forward, ["h"]] as Labelled, [backward, ["h"]]], ["h"]);
  return node.outputs.map((_, i) =>
    i === 0 ? placed(kit, merged, sizes) : state(kit, sides[states(node, i)] as Layout, sizes),
  );
};

/** The direction that a returned state belongs to: forward ones come first. */
const states = ({ outputs, config }: LayerNode, i: number): number => {
  const first = config.mergeMode ? 1 : 2;
  return i - first < (outputs.length - first) / 2 ? 0 : 1;
};

/** A cell's settings in those of an RNN layer. */
interface Cell {
  readonly className: string;
  readonly config: { readonly units?: number; readonly useBias?: boolean; readonly cells?: readonly Cell[] };
}

/** One cell, or cells one on the other, each reading what the one below gives. */
const rnn: LayerRule = (node, kit) => {
  const own = node.config.cell as Cell;
  const stack = own.config.cells;
  const cells = stack ?? [own];
  const unknown = cells.find(({ className }) => !gatesOf.has(className.replace(/Cell$/, "")));
  if (unknown) return kit.opaque(`RNN around ${unknown.className}`);
  if (stack && (node.arity > 1 || node.outputs.length > 1))
    return kit.opaque("RNN around stacked cells with given or returned states");
  const x = kit.layout(0);
  kit.pin(x, [0, 1], "time steps", "sequence");
  const sizes = sizesOf(kit);
  let read = x;
  let units = x;
  cells.forEach(({ className, config }, nth) => {
    const below = cells.slice(0, nth).filter((cell) => cell.config.useBias !== false).length;
    const made = kit.fresh([config.units as number], [0]);
    const bias = config.useBias === false ? undefined : below;
    hidden(node, kit, gatesOf.get(className.replace(/Cell$/, "")) as number, made, { nth, bias }, read);
    const path = stack ? `cell.cells.${nth}.units` : "cell.units";
    kit.patch((cut) => ({ attributes: { [path]: cut.shape(made)[0] as number } }));
    read = sequence(kit, made, sizes);
    units = made;
  });
  initial(node, kit, units);
  const y = setting(node, "returnSequences", false) ? read : state(kit, units, sizes);
  return node.outputs.map((_, i) => (i === 0 ? y : state(kit, units, sizes)));
};

/** An LSTM whose products are convolutions. */
const convLstm: LayerRule = (node, kit) => {
  if (node.arity > 1) return kit.opaque("ConvLSTM2D with given states");
  const x = kit.layout(0);
  const channel = inputDim(node, x.rank);
  kit.pin(
    x,
    range(x.rank).filter((d) => d !== channel),
    "time steps and places",
    "sequence",
  );
  const units = kit.fresh([setting(node, "filters", 1)], [0]);
  hidden(node, kit, 4, units, { nth: 0, bias: 0 });
  kit.patch((cut) => ({ attributes: { filters: cut.shape(units)[0] as number } }));
  const sizes = outputSizes(node, kit);
  const placed = (dims: readonly Dim[]): Layout => {
    const at = channel === 2 ? dims.length - 3 : dims.length - 1;
    const wide = kit.redim(
      units,
      dims.map((_, d) => (d === at ? 0 : -1)),
    );
    return dims.reduce<Layout>((y, size, d) => (d === at ? y : kit.resize(y, d, size)), wide);
  };
  const one = sizes.length === 5 ? [sizes[0] as Dim, ...sizes.slice(2)] : sizes;
  return node.outputs.map((_, i) => placed(i === 0 ? sizes : one));
};

const stepped = {
  rule: recurrent,
  mask: undefined,
  macs: recurrentMacs,
  support: says("hidden units over all gates, states and outputs; inputs with their kernels", "time, batch"),
  makesSeveral: true,
} as const;

/** Layers with a hidden state. */
export const recurrentLayers: LayerTable = {
  LSTM: stepped,
  GRU: stepped,
  SimpleRNN: stepped,
  Bidirectional: {
    ...stepped,
    rule: bidirectional,
    support: says("as the layer it wraps; as many units in each direction", "time, batch, directions"),
    wraps: "layer",
  },
  RNN: {
    ...stepped,
    rule: rnn,
    support: says(
      "hidden units of each cell with what the next one reads",
      "time, batch, cells of other classes",
    ),
    wraps: "cell",
  },
  TimeDistributed: {
    ...bare,
    rule: (_, kit) => kit.opaque("TimeDistributed around a model"),
    support: says("as the layer it wraps", "time; all that a model inside reads"),
    makesSeveral: true,
    wraps: "layer",
  },
  ConvLSTM2D: {
    ...stepped,
    rule: convLstm,
    macs: convLstmMacs,
    support: says(
      "filters over all gates and states; input channels with the kernel's",
      "time, batch, space",
    ),
  },
};
