import { type Command, Option } from "commander";

export interface DataOptions {
  readonly data?: string;
  readonly dataConfig?: string;
  readonly recover?: "auto" | "none";
}

export function addData(command: Command): Command {
  return command
    .option(
      "--data <file>",
      "unlabelled samples, N x C x H x W bytes, to win accuracy back with after the cut",
    )
    .option(
      "--data-config <file>",
      'JSON about --data: { "shape": [C, H, W], "mean": 0, "std": 1 }; --config may name it where it has no other use',
    )
    .addOption(
      new Option(
        "--recover <how>",
        "auto: refit what is left to the original; none (default: auto with --data)",
      ).choices(["auto", "none"]),
    );
}
