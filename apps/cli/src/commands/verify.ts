import type { Command } from "commander";
import { CliError } from "../errors.js";
import type { Law } from "../law.js";
import type { Terminal } from "../terminal/terminal.js";
import { verifyFile } from "../verify-file.js";
import { lawText } from "./prune.js";

export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command("verify")
    .summary("check a smaller model against the original and the recipe")
    .description(
      "Rebuild the plan from the recipe on the original and check that the smaller model is what it says: parameters' " +
        "shapes and values, outputs, and the law cut = mask, with the removed units masked in two independent ways.",
    )
    .argument("<model>", "the original model")
    .argument("<out>", "the smaller model")
    .requiredOption("--recipe <file>", "what was removed")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  prune verify model.onnx smaller.onnx --recipe recipe.json")
    .action(
      async (model: string, out: string, options: { readonly recipe: string; readonly json?: boolean }) => {
        const result = await verifyFile(model, out, options.recipe, terminal.progress);
        terminal.print(options.json ? JSON.stringify(result, null, 2) : printed(result.law, result.zeroed));
        if (!result.holds) throw new CliError("not-the-cut", { findings: result.findings });
      },
    );
}

function printed(law: Law | null, zeroed: Law | null): string {
  const lines = [`gated masks:       ${lawText({ law })}`];
  if (zeroed) lines.push(`zeroed parameters: ${lawText({ law: zeroed })}`);
  if (zeroed && !zeroed.holds)
    lines.push(
      "Zeroed parameters are not expected to agree where something maps 0 to another number, or a norm counts it.",
    );
  return lines.join("\n");
}
