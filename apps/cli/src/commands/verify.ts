import type { Command } from "commander";
import { CliError } from "../errors.js";
import type { Law } from "../law.js";
import { addData, type DataOptions, sampleFiles } from "../options/data.js";
import { whole } from "../options.js";
import type { Terminal } from "../terminal/terminal.js";
import { enough, verifyFile } from "../verify-file.js";
import { lawText } from "./prune.js";

interface Options extends Omit<DataOptions, "labels"> {
  readonly recipe: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function addVerify(program: Command, terminal: Terminal): void {
  const command = program
    .command("verify")
    .summary("check a smaller model against the original and the recipe")
    .description(
      "Rebuild the plan from the recipe on the original and check that the smaller model is what it says: parameters' " +
        "shapes and values, outputs, and the law cut = mask, with the removed units masked in two independent ways.",
    )
    .argument("<model>", "the original model")
    .argument("<out>", "the smaller model")
    .requiredOption("--recipe <file>", "what was removed");
  addData({ use: " to check the law on, in place of random inputs", most: enough, labelled: false })(command)
    .option("--seed <n>", "for drawing samples", whole, 0)
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  prune verify model.onnx smaller.onnx --recipe recipe.json")
    .action(async (model: string, out: string, { recipe, seed, json, ...data }: Options) => {
      const samples = sampleFiles(data);
      const result = await verifyFile(model, out, recipe, { samples, seed, onProgress: terminal.progress });
      terminal.print(json ? JSON.stringify(result, null, 2) : printed(result.law, result.zeroed));
      if (!result.holds) throw new CliError("not-the-cut", { findings: result.findings });
    });
}

function printed(law: Law | null, zeroed: Law | null): string {
  const lines = [`gated masks:       ${lawText({ law })}`];
  if (zeroed) lines.push(`zeroed parameters: ${lawText({ law: zeroed })}`);
  return lines.join("\n");
}
