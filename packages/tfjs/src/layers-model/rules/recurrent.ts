import type { Dim, Kit, Labelled, Layout, Role } from "@prune/graph";
import { type LayerNode, type LayerRule, type LayerRules, range, setting, weightInput } from "../node.js";

const gatesOf: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, SimpleRNN: 1 };

/** The hidden units of one direction in a layer's kernels: repeated over the gates that lie one after the other. */
function hidden(node: LayerNode, kit: Kit, gates: number, units: Layout, nth: number): void {
  const x = kit.layout(0);
  const select = (
    name: string,
    view: (shape: readonly number[]) => readonly number[],
    dim: number,
    role: Role,
  ): void => {
    const input = weightInput(node, name, nth);
    if (input !== undefined)
      kit.select(input, view(kit.shape(kit.raw(input) as never) as number[]), [dim], units, role);
  };
  const open = (shape: readonly number[]): number[] => [
    ...shape.slice(0, -1),
    gates,
    (shape.at(-1) as number) / gates,
  ];
  select("kernel", open, 2, "out");
  select("recurrent_kernel", open, 2, "out");
  select("recurrent_kernel", open, 0, "in");
  select("bias", open, 1, "value");
  const kernel = kit.some(weightInput(node, "kernel", nth) as number, [0]);
  kit.meet([[x, ["b", "t", "i"]] as Labelled, [kernel, ["i", ""]]], ["b", "t"]);
}

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
  hidden(node, kit, gatesOf[node.op] as number, units, 0);
  initial(node, kit, units);
  kit.patch((cut) => ({ attributes: { units: cut.shape(units)[0] as number } }));
  const sizes = sizesOf(kit);
  const y = setting(node, "returnSequences", false) ? sequence(kit, units, sizes) : state(kit, units, sizes);
  return node.outputs.map((_, i) => (i === 0 ? y : state(kit, units, sizes)));
};

/** Two directions, whose layers are made from one setting: as many units in each. */
const bidirectional: LayerRule = (node, kit) => {
  const inner = node.config.layer as { readonly className: string; readonly config: Record<string, unknown> };
  const gates = gatesOf[inner.className];
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
    hidden(node, kit, gates, units, nth);
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

/** Layers with a hidden state. */
export const recurrentLayers: LayerRules = {
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: recurrent,
  Bidirectional: bidirectional,
};
