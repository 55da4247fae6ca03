import type { PruneConfig } from "@prune/workflow";
import { sampleFiles, samplesToVerify, type Verification } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { lawText } from "../law-text.js";
import { addOptions } from "../options/from-table.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

interface Options extends Pick<PruneConfig, "data" | "dataConfig" | "samples" | "seed" | "sizes"> {
  readonly recipe: string;
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
    .argument("<out>", "the smaller model");
  addOptions(command, "verify", {
    recipe: { text: "what was removed", required: true },
    data: {
      text: "samples to check the law on, in place of random inputs: a folder of images, .npy, .npz, .json, or raw bytes",
    },
    samples: { usual: `${samplesToVerify}` },
    seed: { text: "for drawing samples" },
  })
    .addHelpText("after", "\nExample:\n  prune verify model.onnx smaller.onnx --recipe recipe.json")
    .action(async (model: string, out: string, { recipe, seed = 0, json, sizes: size, ...data }: Options) => {
      const samples = sampleFiles(data);
      const sizes = size && { sizes: size };
      const job = { recipe, samples, seed, ...sizes, onProgress: shownOn(terminal) };
      const result = await workflow.verify(model, out, job);
      terminal.print(json ? JSON.stringify(result, null, 2) : printed(result));
      if (!result.holds) throw new CliError("not-the-cut", { findings: result.findings });
    });
}

function printed({ law, zeroed, blocks }: Pick<Verification, "law" | "zeroed" | "blocks">): string {
  const lines = [`gated masks:       ${lawText({ law })}`];
  if (zeroed) lines.push(`zeroed parameters: ${lawText({ law: zeroed })}`);
  if (blocks) lines.push(`without branches:  ${lawText({ law: blocks })}`);
  return lines.join("\n");
}
