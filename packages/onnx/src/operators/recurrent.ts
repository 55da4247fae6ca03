import type { Kit } from "@prune/graph";
import type { Dim, Layout, Role } from "@prune/graph/advanced";
import { says } from "@prune/graph/rules";
import { every } from "../mask/gates.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { recurrentMacs } from "./macs.js";
import { has, int, type OnnxRule } from "./node.js";
import { adds, bare, type OperatorTable } from "./record.js";

/**
 * A layer with hidden states of its own: one name per direction and hidden unit, repeated over the gates that the
 * rows of W, R, B and P hold one after the other. Directions keep equally many units, as `hidden_size` is one number.
 */
const recurrentRule =
  (gates: number): OnnxRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const [w, r] = [kit.raw(1), kit.raw(2)];
    if (!w?.layout || !r?.layout) return kit.opaque();
    const sizes = [...kit.shape(w), ...kit.shape(r)];
    if (sizes.some((size) => typeof size !== "number"))
      return kit.opaque(`${node.op} with weights whose size is known only at run time`);
    const [directions, , inputs, , , hidden] = sizes as [number, number, number, number, number, number];
    const batchFirst = int(node, "layout", 0) === 1;
    const [steps, batch] = batchFirst ? [1, 0] : [0, 1];
    kit.pin(x, [steps], "time steps", "sequence");
    kit.pin(x, [batch], "batch of a recurrent layer", "batch");

    const units = kit.reshape(kit.fresh([directions * hidden], [0]), [directions, hidden]);
    kit.pin(units, [0], "direction of a recurrent layer", "direction");
    const cells = { kit, units };
    repeat(cells, 1, [directions, gates, hidden, inputs], [0, 2], "out");
    repeat(cells, 2, [directions, gates, hidden, hidden], [0, 2], "out");
    repeat(cells, 2, [directions, gates, hidden, hidden], [0, 3], "in");
    if (has(node, 3)) repeat(cells, 3, [directions, 2 * gates, hidden], [0, 2], "value");
    if (has(node, 7)) repeat(cells, 7, [directions, 3, hidden], [0, 2], "value");
    for (const i of [5, 6]) if (has(node, i)) state(cells, i, batchFirst ? 1 : 0);
    kit.meet(
      [
        [x, batchFirst ? ["b", "s", "i"] : ["s", "b", "i"]],
        [kit.some(1, [2]), ["", "", "i"]],
      ],
      batchFirst ? ["b", "s"] : ["s", "b"],
    );
    kit.patch((cut) => ({ attributes: { hidden_size: cut.shape(units)[1] as number } }));

    const along = (dims: readonly number[], at: Readonly<Record<number, Dim>>): Layout =>
      Object.entries(at).reduce(
        (layout, [dim, size]) => kit.resize(layout, Number(dim), size),
        kit.redim(units, dims),
      );
    const [s, b] = [kit.shape(x)[steps] as Dim, kit.shape(x)[batch] as Dim];
    const all = batchFirst ? along([-1, -1, 0, 1], { 0: b, 1: s }) : along([-1, 0, -1, 1], { 0: s, 2: b });
    const last = batchFirst ? along([-1, 0, 1], { 0: b }) : along([0, -1, 1], { 1: b });
    return node.outputs.map((_, i) => (i === 0 ? all : last));
  };

interface Cells {
  readonly kit: Kit;
  /** One name per direction and hidden unit. */
  readonly units: Layout;
}

/** The dims of a view of input i hold directions and hidden units. */
function repeat(
  { kit, units }: Cells,
  i: number,
  view: readonly number[],
  dims: readonly number[],
  role: Role,
): void {
  if (kit.raw(i)?.parameter) {
    kit.select(i, view, dims, units, role);
    return;
  }
  const cells = kit.reshape(kit.layout(i), view);
  kit.pin(cells, [1], "gates of a recurrent layer", "gate");
  const labels = view.map((_, d) => (d === dims[0] ? "d" : d === dims[1] ? "h" : ""));
  kit.meet(
    [
      [cells, labels],
      [units, ["d", "h"]],
    ],
    [],
  );
}

/** A state before the first step, [directions, batch, hidden] or batch first. */
function state({ kit, units }: Cells, i: number, directions: number): void {
  const own = kit.own(i);
  if (!own?.layout) return;
  const shape = kit.shape(own);
  if (own.parameter) {
    kit.select(i, shape as number[], [directions, 2], units, "value", true);
    return;
  }
  kit.pin(own.layout, [1 - directions], "batch of a recurrent layer", "batch");
  kit.meet(
    [
      [own, directions === 1 ? ["", "d", "h"] : ["d", "", "h"]],
      [units, ["d", "h"]],
    ],
    [],
  );
}

const layer = {
  ...bare,
  macs: recurrentMacs,
  duty: adds(3),
  matrix: 1,
  filled: [1, 2, 3],
  untrained: [5, 6],
} as const;

const steps = says(
  "hidden units over all gates, states and outputs; inputs with their weights; as many units in each direction",
  "time, batch, directions",
);

/** Layers with a hidden state. */
export const recurrent: OperatorTable = {
  LSTM: {
    ...layer,
    rule: recurrentRule(4),
    support: steps,
    mask: every(0, 1, 2, 3, 5, 6, 7),
    impossible: impossibleOperands.LSTM,
    carries: [
      [1, 5],
      [2, 6],
    ],
  },
  GRU: {
    ...layer,
    rule: recurrentRule(3),
    support: steps,
    mask: every(0, 1, 2, 3, 5),
    impossible: impossibleOperands.GRU,
    carries: [[1, 5]],
  },
  RNN: {
    ...layer,
    rule: recurrentRule(1),
    support: steps,
    mask: every(0, 1, 2, 3, 5),
    impossible: impossibleOperands.RNN,
    carries: [[1, 5]],
  },
};
