import type { ReductionName } from "@prune/importance-magnitude";
import { type Command, Option } from "commander";
import { criterionName, criterionNames, type NormaliserName, normalisers, reductions } from "../criteria.js";

/** What is kept by. */
export interface CriterionOptions {
  readonly importance?: string;
  readonly reduction?: ReductionName;
  readonly normaliser?: NormaliserName;
}

export function addCriterion(command: Command): Command {
  return command
    .option(
      "-i, --importance <name>",
      `what to keep by (default: l2): ${criterionNames.join(", ")}`,
      criterionName,
    )
    .addOption(
      new Option(
        "--reduction <how>",
        "how the scores of a unit in several parameters become one (default: mean)",
      ).choices(reductions),
    )
    .addOption(
      new Option("--normaliser <how>", "what makes the scores of layers comparable").choices(normalisers),
    );
}
