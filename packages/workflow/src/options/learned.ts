import { badOption } from "../errors.js";
import type { Feature } from "../format.js";
import { learningTimeOf, trainingOf } from "../training/training-config.js";
import type { AskedPrune } from "./asked.js";
import type { PruneConfig } from "./config.js";

interface Beside {
  readonly features: ReadonlySet<Feature>;
  readonly mask: boolean;
  readonly samples: boolean;
  readonly keep: boolean;
  readonly ragged: boolean;
}

/** What is asked to be learned by gradients: gates before the cut, weights after it. Refuses what else was asked for beside. */
export function learnedOf(
  { train, learnGates }: { readonly [K in "train" | "learnGates"]: PruneConfig[K] | undefined },
  { features, mask, samples, keep, ragged }: Beside,
): Pick<AskedPrune, "train" | "learnGates"> {
  for (const [option, given] of Object.entries({ train, learnGates })) {
    if (given === undefined) continue;
    if (!features.has("training")) throw badOption(option, "it needs an ONNX model");
    if (!samples) throw badOption(option, "it needs samples; add {data: PATH}");
  }
  const training = train === undefined ? undefined : trainingOf(train, "train");
  if (training && mask)
    throw badOption("train", "it can't be combined with {mask}, which makes nothing smaller");
  const gates = learnGates === undefined ? undefined : learningTimeOf(learnGates);
  if (gates && keep)
    throw badOption(
      "learnGates",
      "it learns for one budget and can't be combined with {keep}; give a {target}",
    );
  if (gates && ragged)
    throw badOption(
      "learnGates",
      "it can't be combined with {ragged}: a gate is of a unit that leaves every row alike",
    );
  return { train: training, learnGates: gates };
}
