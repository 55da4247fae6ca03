import type { Target } from "@prune/pruner";
import type { PruneConfig } from "@prune/workflow";
import type { Choice } from "./protocol.js";

type Amounts = Pick<PruneConfig, "ratio" | "target" | "global" | "heads" | "headDims" | "roundTo" | "ignore">;

/** A choice of the page as options of a pruning: the same that the command takes. */
export function amountsOf({ by, amount, global, heads, headDims, roundTo, ignore }: Choice): Amounts {
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

/** What stands for a resource that is measured while nothing is: bytes for what gzip makes of them, MACs for time. */
const standIns: Partial<Record<Choice["by"], Choice["by"]>> = { gzip: "bytes", latency: "macs" };

/** A choice that can be planned without running anything. */
export const planned = (choice: Choice): Choice => ({ ...choice, by: standIns[choice.by] ?? choice.by });

/** What to say of a plan that stands for another. */
export const standInNote = ({ by }: Choice): string | undefined =>
  by === "gzip"
    ? "Planned by bytes: the widths are chosen by what gzip leaves when the model is made."
    : by === "latency"
      ? "Planned by MACs: models are timed in this tab when the smaller one is made, and the widths chosen by that."
      : undefined;
