import { type Command, Option } from "commander";
import { depth, names } from "../options.js";

/** What leaves whole before units do, and what is made of norms that lose positions. */
export interface FormOptions {
  readonly norms?: "live" | "masked" | "auto";
  readonly depth?: number | "auto";
  readonly blocks?: readonly string[];
}

export function addForms(command: Command): Command {
  return command
    .option(
      "--depth <n|share|auto>",
      "residual branches that leave whole before units do, cheapest first on samples of --data: 4, 25%, or auto, as many as do better than units alone under the --target",
      depth,
    )
    .option("--blocks <names>", "residual branches that leave whole, by their sums: 'add_3,add_7'", names)
    .addOption(
      new Option(
        "--norms <which>",
        "what norms over a cut axis take their statistics over: what lives, or all positions, what left being zero; auto by held-out samples (default: live)",
      ).choices(["live", "masked", "auto"]),
    );
}
