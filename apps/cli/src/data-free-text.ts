import type { DataFreeReport } from "@prune/workflow/advanced";
import { percent } from "./terminal/numbers.js";

const nothing = {
  merge: "nothing merged: no channel that left is near one that stays, where only layers read both",
  means: "no means won back: no BatchNormalization tells what channels that left were on average",
};

/** What was done to win accuracy back, and that no data was seen. */
export function dataFreeText({ method, layers, divergence, changed, judged }: DataFreeReport): string {
  const shaped = divergence
    ? `shaped by BatchNormalizations: divergence ${divergence.plain.toFixed(2)} -> ${divergence.shaped.toFixed(2)}`
    : "plain noise, as the model has no BatchNormalization";
  if (method === "synthetic")
    return `no data: refitted on made-up inputs (${shaped}); all that follows of recovery is told on such inputs`;
  if (!changed) return `${nothing[method]}, so the cut alone is written`;
  const sum = (of: "merged" | "removed"): number => (layers ?? []).reduce((all, layer) => all + layer[of], 0);
  const done =
    method === "means"
      ? "means that BatchNormalizations tell of what left were added to biases"
      : `channels merged into others: ${sum("merged")}; just left: ${sum("removed")}; layers: ${layers?.length ?? 0}`;
  if (!judged) return `no data: ${done}`;
  const { before, after, samples, result } = judged;
  const agree = `agreement ${percent(before.agreement.value)} -> ${percent(after.agreement.value)} on ${samples} samples`;
  return result === "applied"
    ? `without fitting to data: ${done}; ${agree}`
    : `without fitting to data: ${done}, which ${samples} samples say is further from the original, so the cut alone is written`;
}
