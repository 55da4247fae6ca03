import { range, wrap } from "@prune/graph/rules";
import { excess } from "../../mask/live.js";
import { flag } from "../node.js";
import { gate, gateStored, type Masker } from "./masking.js";

/**
 * Gates the activations that a node multiplies and sums: those at some inputs, or all. Where all of them are constants,
 * one is enough.
 */
export const contracts =
  (...operands: readonly number[]): Masker =>
  (node, masking) => {
    const all = operands.length > 0 ? operands : [...node.inputs.keys()];
    if (all.every((i) => masking.isConstant(node.inputs[i] ?? "")))
      gateStored(node, all[0] as number, masking);
    else for (const i of all) gate(node, i, masking);
  };

/** Fills what is dead by what a reduction ignores. */
export const reduces =
  (fill: number): Masker =>
  (node, masking) =>
    gate(node, 0, masking, fill);

/** A mean over the living: of all, dead ones being zero, times how many more there are. */
export const averages: Masker = (node, masking) => {
  const { draft, trace } = masking;
  const cells = masking.live(node.inputs[0] ?? "");
  const axes = trace.tensor(node.inputs[1])?.data;
  if (!cells || !axes) return;
  const dims = axes.map((d) => wrap(d as number, cells.shape.length));
  gate(node, 0, masking);
  const times = excess(cells, dims);
  const shape = flag(node, "keep_dims")
    ? times.shape
    : range(times.shape.length)
        .filter((d) => !dims.includes(d))
        .map((d) => times.shape[d] as number);
  const all = draft.add({ ...draft.node(node.name), name: `${node.name}_of_all` });
  const ratio = draft.constant(
    `${node.name}_excess`,
    { shape, dtype: "float32" },
    new Uint8Array(times.values.buffer),
  );
  draft.edit(node.name, { op: "Mul", input: [all, ratio], attr: { T: { type: "DT_FLOAT" } } });
};
