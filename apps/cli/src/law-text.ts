import type { PruneReport } from "@prune/workflow";
import { scientific } from "./terminal/numbers.js";

/** One line about the law. */
export function lawText({ law }: Pick<PruneReport, "law">): string {
  if (!law) return "not verified";
  const steps = law.steps === undefined ? "" : ` and ${law.steps} steps on from them`;
  const inputs = `${law.method}, ${law.samples === undefined ? `${law.seeds} random inputs${steps}` : `${law.samples} samples`}`;
  const where = law.runtime === undefined ? "" : `, in ${law.runtime}`;
  const parts = law.stretches === undefined ? "" : `, run by ${law.stretches} stretches of layers`;
  const error = `${law.holds ? "cut = mask within" : "cut and mask differ by"} ${scientific(law.error)} (at most ${law.tolerance}; ${inputs}${where}${parts})`;
  const noise = law.noise === undefined ? "" : `; the runtime's own noise is ${scientific(law.noise)}`;
  const alike =
    law.anchors === undefined ? "" : `; compared where both decide alike, at ${law.anchors} tensors`;
  return `${error}${alike}${noise}${law.vacuous ? "; vacuous: the mask changes no output on these inputs" : ""}`;
}
