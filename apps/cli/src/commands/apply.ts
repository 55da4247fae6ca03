import type { PruneConfig } from "@prune/workflow";
import type { Application } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { countedLines } from "../counted-lines.js";
import { lawText } from "../law-text.js";
import { addOptions } from "../options/from-table.js";
import { besideOutputs, modelPath } from "../standard-input.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";
import { endsText, sizes } from "./prune.js";

interface Options extends Pick<PruneConfig, "sizes"> {
  readonly recipe: string;
  readonly output: string;
  readonly verify: boolean;
  readonly json?: boolean;
}

export function addApply(program: Command, terminal: Terminal): void {
  const command = program
    .command("apply")
    .summary("cut what a recipe says, out of its model or its twin in another format")
    .description(
      "Cut the units that a recipe names out of the model that it was made from, out of a re-trained one, or out of the " +
        "same network in another format: tensors are then paired by what their names say and by their sizes, and what " +
        "does not correspond is left whole and told.",
    )
    .argument("<model>", "the model to prune");
  addOptions(command, "apply", {
    recipe: { text: "what to remove", required: true },
    output: { required: true },
  })
    .addHelpText("after", "\nExample:\n  prune apply model.json --recipe recipe.json -o smaller/")
    .action(async (named: string, { recipe, output, verify, json, ...sizes }: Options) => {
      const job = { recipe, out: output, verify, ...sizes, onProgress: shownOn(terminal) };
      const { report: result } = await workflow.apply(modelPath(named), job);
      besideOutputs(terminal, [output]).print(
        json ? JSON.stringify({ ...result, model: named }, null, 2) : printed(result, terminal),
      );
    });
}

function printed(result: Application, { colours }: Terminal): string {
  const { pairs, findings } = result;
  const lines = [
    sizes(result),
    ...countedLines(result.before, result.after),
    ...(pairs ? [`${pairs.length} tensors stand for those of the recipe`] : []),
    ...findings.map(({ tensor, why }) => `  ${tensor}: ${why}`),
    ...endsText(result.ends),
    lawText(result),
    `${colours.bold(result.out)} written`,
  ];
  return lines.join("\n");
}
