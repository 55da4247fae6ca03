import type { Target } from "@prune/pruner";
import type { PruneConfig } from "@prune/workflow";
import type { Choice } from "./protocol.js";

/** A choice of the page as options of a pruning: the same that the command takes. */
export function amountsOf({
  by,
  amount,
  global,
  heads,
  headDims,
  roundTo,
  ignore,
}: Choice): Pick<PruneConfig, "ratio" | "target" | "global" | "heads" | "headDims" | "roundTo" | "ignore"> {
  const left = `${+(100 * (1 - amount)).toFixed(2)}%`;
  return {
    ...(by === "ratio" ? { ratio: amount } : { target: { [by]: left } as unknown as Target }),
    ...(global && { global }),
    heads,
    headDims,
    ...(roundTo > 1 && { roundTo }),
    ...(ignore.length > 0 && { ignore }),
  };
}
