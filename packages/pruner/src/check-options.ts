import { anyText, checkTaken, type Taken } from "@prune/graph/advanced";
import type { BudgetOptions } from "./budget/budget.js";
import { PrunerError } from "./errors.js";
import type { RatioOptions } from "./plan-by-ratio.js";
import type { PruneOptions } from "./prune.js";
import type { StepOptions } from "./schedule.js";

/** What a pruning takes. */
const taken: Taken<PruneOptions<never>> = {
  ...{ backend: [], importance: [], probe: [], learn: [], trace: [], verify: [] },
  ...{ ratio: [], heads: [], queryHeads: [], headDims: [], layerRatios: [], headRatios: [], ignore: [] },
  ...{ allocation: [], maxRatio: [], global: [], isomorphic: [], scopes: [], roundTo: anyText, ragged: [] },
  ...{ target: anyText, measure: [], predictor: [], isSlower: [] },
  ...{ steps: anyText, schedule: anyText, signal: [], onProgress: [] },
};

/** Refuses options that a pruning doesn't have, and a criterion or a backend that is none. */
export function checkTakenBy<Model>(by: string, options: PruneOptions<Model>): void {
  const { importance, backend } = options;
  if (typeof importance?.score !== "function")
    throw new PrunerError("bad-option", {
      option: "importance",
      value: importance,
      want: "a criterion, such as `magnitude()` of @prune/importance-magnitude",
    });
  if (typeof backend?.trace !== "function")
    throw new PrunerError("bad-option", {
      option: "backend",
      value: backend,
      want: "a backend, such as `onnx()` of @prune/onnx",
    });
  checkTaken(by, options, taken as Taken<PruneOptions<Model>>);
}

/** Refuses options of which one would be left without effect. */
export function checkOptions(options: RatioOptions & BudgetOptions & StepOptions): void {
  const {
    target,
    ratio,
    global,
    isomorphic,
    steps,
    schedule,
    maxRatio,
    allocation,
    headDims,
    ragged,
    scopes,
    layerRatios = {},
    headRatios = {},
    ignore = [],
  } = options;
  const refuse = (one: string, other: string, why: string): never => {
    throw new PrunerError("contradiction", { options: [one, other], why });
  };
  if (target !== undefined && ratio !== undefined)
    refuse("target", "ratio", "the ratio is what a target is solved for");
  if (global && isomorphic)
    refuse(
      "global",
      "isomorphic",
      "one ranks all layers together, the other only those that are built alike",
    );
  for (const [name, given] of Object.entries({ global, isomorphic, scopes, headDims }))
    if (allocation && given) refuse("allocation", name, "the allocation says how much leaves each layer");
  if (allocation && ragged) refuse("allocation", "ragged", "curves are of whole columns of heads and groups");
  if (schedule !== undefined && schedule !== "one-shot" && steps === undefined)
    refuse("schedule", "steps: 1", "there is nothing to schedule in one step");
  if (schedule === "one-shot" && (steps ?? 1) > 1) refuse("schedule", "steps", "one shot is one step");
  for (const [option, ratios] of Object.entries({ layerRatios, headRatios }))
    for (const [name, value] of Object.entries(ratios)) {
      if (value > 0 && ignore.includes(name))
        refuse(`${option}["${name}"]`, "ignore", "an ignored layer loses nothing");
      if (maxRatio !== undefined && value > maxRatio)
        refuse(`${option}["${name}"]`, "maxRatio", `${value} is more than ${maxRatio}`);
    }
}
