import type { Importance } from "@prune/graph";
import { checkNeeds } from "../criteria.js";
import { badOption } from "../errors.js";
import type { Feature } from "../format.js";
import { dataFreeWays } from "../reports/data-free-report.js";
import type { StoredSamples } from "../samples/draw-samples.js";
import { isMeasured } from "../sensitivity/allocation.js";
import type { AskedPrune } from "./asked.js";
import { methodsOf } from "./recovery-methods.js";

export interface Given {
  readonly samples: StoredSamples | undefined;
  readonly lossless: boolean;
  readonly mask: boolean;
  readonly recover: string | undefined;
  readonly features: ReadonlySet<Feature>;
}

/** What samples may be for besides winning accuracy back. */
export interface Uses {
  readonly name: string;
  readonly importance: Importance;
  readonly allocation: string | undefined;
  readonly keep: boolean;
}

/** The samples, and whether what is left is refitted on them; options that contradict each other are refused. */
export function usesOfData(
  { samples, lossless, mask, recover, features }: Given,
  { name, importance, allocation, keep }: Uses,
): Pick<AskedPrune, "samples" | "recover" | "methods" | "dataFree"> {
  const refuse = (option: string, why: string): never => {
    throw badOption(option, why);
  };
  const dataFree = dataFreeWays.find((way) => way === recover);
  if (!samples && recover !== undefined && !dataFree)
    refuse(
      "recover",
      `it needs samples; add {data: PATH}, or choose ${dataFreeWays.join(", ")}, which need none`,
    );
  if (dataFree) {
    const option = `recover: ${dataFree}`;
    if (dataFree === "synthetic" && samples)
      refuse(option, "it can't be combined with {data}, which is better than made-up inputs");
    if (lossless) refuse(option, "it can't be combined with {lossless}");
    if (mask) refuse(option, "it can't be combined with {mask}");
    if (!features.has("data-free")) refuse(option, "it needs an ONNX model");
    if (keep) refuse(option, "it can't be combined with {keep}, which recovers on samples");
  }
  if (samples && lossless) refuse("data", "it can't be combined with {lossless}");
  checkNeeds(name, importance, { data: samples !== undefined, features });
  if (allocation !== undefined && !features.has("allocation")) refuse("allocation", "it needs an ONNX model");
  if (allocation !== undefined && isMeasured(allocation) && !samples)
    refuse(`allocation: ${allocation}`, "it needs samples; add {data: PATH}, or name a file of curves");
  if (allocation === "auto" && keep) refuse("allocation: auto", "it can't be combined with {keep}; name one");
  if (allocation === "auto" && (recover === "none" || mask))
    refuse("allocation: auto", "it compares what was recovered on samples, which here nothing is");
  const methods = methodsOf(recover);
  if (!samples || dataFree) return { samples, recover: false, methods, dataFree };
  const scores = importance.needs.some((need) => need !== "weights") || isMeasured(allocation);
  const refits = recover !== undefined && recover !== "none";
  if (methods.lead && !features.has("lead")) refuse(`recover: ${recover}`, "lead needs an ONNX model");
  if (methods.logits && !features.has("logits")) refuse(`recover: ${recover}`, "logits need an ONNX model");
  if (mask && refits) refuse(`recover: ${recover}`, "it can't be combined with {mask}");
  if (mask && !scores) refuse("data", "it can't be combined with {mask}");
  return { samples, recover: recover !== "none" && !mask, methods, dataFree: undefined };
}
