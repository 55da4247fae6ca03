import type { ReductionName } from "@prune/importance-magnitude";
import { criterionNames, type NormaliserName, normalisers, reductions } from "@prune/workflow";
import { type Command, InvalidArgumentError, Option } from "commander";

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

function criterionName(text: string): string {
  if (!criterionNames.includes(text))
    throw new InvalidArgumentError(`It must be one of ${criterionNames.join(", ")}.`);
  return text;
}
