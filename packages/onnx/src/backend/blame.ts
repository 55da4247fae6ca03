import type { Cut, Trace } from "@prune/graph";
import { OnnxError } from "../errors.js";

/** Runs a step of making a cut; what it can't do becomes a finding, so that a plan can give back what is to blame. */
export function blaming<T>({ state }: Trace, cut: Cut, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof OnnxError) || error.code !== "inconsistent-cut") throw error;
    const { tensor, what } = (error as OnnxError<"inconsistent-cut">).detail;
    const uses = state.parameters.all.filter((parameter) => parameter.tensor === tensor);
    const arrays = [
      ...uses.flatMap(({ selectors }) => selectors.map(({ ids }) => ids)),
      ...(state.values.get(tensor)?.layout?.blocks ?? []).map(({ ids }) => ids),
    ];
    const ids = Int32Array.from(arrays.flatMap((array) => [...array]));
    if (ids.length > 0) cut.findings.push({ kind: "irregular", text: `"${tensor}": ${what}`, tensor, ids });
    throw error;
  }
}
