import type { Command } from "commander";
import { criterion, criterionName, criterionNames } from "../criteria.js";
import { CliError } from "../errors.js";
import { collect, positive, ratio, share, whole } from "../options.js";
import { type FileReport, pruneFile } from "../prune-file.js";
import { change, count, percent, scientific, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

interface Options {
  readonly output?: string;
  readonly ratio: number;
  readonly importance: string;
  readonly global?: boolean;
  readonly ragged?: boolean;
  readonly heads: number;
  readonly headDims?: number;
  readonly maxRatio?: number;
  readonly roundTo?: number;
  readonly ignore: readonly string[];
  readonly seed: number;
  readonly recipe?: string;
  readonly report?: string;
  readonly verify: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  prune model.onnx -o smaller.onnx                        half of the units of every layer
  prune model.onnx -o smaller.onnx --ratio 0.2 --global --importance lamp
  prune vit.onnx -o smaller.onnx --heads 0.25 --ignore "patch_embed*"
  prune model.onnx -o smaller.onnx --recipe recipe.json --report report.json
  prune inspect model.onnx                                what can be cut, and what can't

Exit codes: 0 done, 1 refused or failed (nothing was written; the reason is on stderr), 2 wrong usage.`;

/** The command itself, without a name of its own: \`prune MODEL -o OUT\`. */
export function addPrune(program: Command, terminal: Terminal): void {
  program
    .description(
      "Cut whole channels, heads and hidden units out of an ONNX model, and prove that what is left computes what it " +
        "did: the smaller model is run against the original with the removed units masked before it is written.",
    )
    .argument("[model]", "the model to prune")
    .option("-o, --output <file>", "where the smaller model goes")
    .option("-r, --ratio <share>", "units to remove from each layer, from 0 up to 1", ratio, 0.5)
    .option("-i, --importance <name>", `what to keep by: ${criterionNames.join(", ")}`, criterionName, "l2")
    .option("--global", "rank the units of all layers together, not each layer's alone")
    .option("--heads <share>", "whole heads and groups to remove", ratio, 0)
    .option("--head-dims <share>", "dims inside heads to remove (default: the ratio)", ratio)
    .option("--ragged", "heads and groups may lose different positions, as many each")
    .option("--max-ratio <share>", "the most that any layer may lose", share)
    .option("--round-to <n>", "keep multiples of n units", positive)
    .option("--ignore <pattern>", "keep layers by name, * for anything; may be repeated", collect, [])
    .option("--seed <n>", "for random", whole, 0)
    .option("--recipe <file>", "write what was removed, in the original's coordinates")
    .option("--report <file>", "write sizes, layers, what is frozen and why, and the law")
    .option("--no-verify", "don't check the smaller model in onnxruntime before writing it")
    .option("--json", "print the report as JSON")
    .addHelpText("after", examples)
    .action(async (model: string | undefined, { output, importance, seed, json, ...options }: Options) => {
      if (model === undefined) throw new CliError("no-model", {});
      if (output === undefined) throw new CliError("no-output", {});
      const result = await pruneFile(model, {
        ...options,
        out: output,
        importance: criterion(importance, { seed }),
        onProgress: terminal.progress,
      });
      terminal.print(json ? JSON.stringify(result, null, 2) : printed(result, terminal));
      if (result.unverified !== undefined && options.verify)
        terminal.note(`prune: not verified: ${result.unverified}`);
    });
}

function printed(result: FileReport, { colours }: Terminal): string {
  const { before, after, files, groups, removed } = result;
  const rows = [
    [
      "parameters",
      count(before.parameters),
      count(after.parameters),
      change(before.parameters, after.parameters),
    ],
    ["MACs", short(before.macs), short(after.macs), change(before.macs, after.macs)],
    ["file", short(files.before, "B"), short(files.after, "B"), change(files.before, files.after)],
  ];
  const units = groups.reduce((sum, { total }) => sum + total, 0);
  const lines = [
    table(["", "before", "after", ""], rows),
    `${count(removed)} of ${count(units)} units removed (${percent(removed / units)})`,
    lawText(result),
    `${colours.bold(result.out)} written`,
  ];
  return lines.join("\n");
}

/** One line about the law. */
export function lawText({ law }: Pick<FileReport, "law">): string {
  if (!law) return "not verified";
  const inputs = `${law.method}, ${law.seeds} random inputs`;
  const error = `${law.holds ? "cut = mask within" : "cut and mask differ by"} ${scientific(law.error)} (at most ${law.tolerance}; ${inputs})`;
  const noise = law.noise === undefined ? "" : `; the runtime's own noise is ${scientific(law.noise)}`;
  return `${error}${noise}${law.vacuous ? "; vacuous: the mask changes no output on these inputs" : ""}`;
}
