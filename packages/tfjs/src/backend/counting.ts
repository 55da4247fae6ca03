import type { Counting, GraphSource } from "@prune/graph";
import { batchOf, nameOf, openInputs, type SizeOptions } from "@prune/graph/advanced";
import type { TfSource } from "../source.js";

/** What a model costs by its parts. */
export const countingOf = (
  source: TfSource & Pick<GraphSource, "inputs">,
  macs: Counting["macs"],
  at: SizeOptions,
): Counting => ({
  macs,
  parameters({ tensor, shape }) {
    const { dtype } = source.weight(tensor) ?? { dtype: "float32" };
    return shape.length > 0 && dtype === "float32" ? count(shape) : 0;
  },
  bytes: ({ tensor, shape }) => count(shape) * (source.weight(tensor)?.elementBytes ?? 4),
  batch: batchOf(source.inputs.map(({ shape }) => shape?.map((dim) => nameOf(dim) ?? dim))),
  inputs: openInputs(source),
  at,
});

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
