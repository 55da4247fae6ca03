import type { FrozenAxis } from "@prune/graph";
import type { PruneConfig } from "@prune/workflow";
import type { Inspection } from "@prune/workflow/advanced";
import type { Command } from "commander";
import { countedLines } from "../counted-lines.js";
import { inlinedText } from "../inlined-text.js";
import { addOptions } from "../options/from-table.js";
import { modelPath } from "../standard-input.js";
import { count, percent, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

export function addInspect(program: Command, terminal: Terminal): void {
  const command = program
    .command("inspect")
    .summary("what can be cut, and what can't, with the reason")
    .description(
      "List the groups of units (channels, heads, hidden units) that leave together, the share of the parameters that " +
        "can be cut, what is frozen and why, and what the model costs.",
    )
    .argument("<model>", "the model");
  addOptions(command, "inspect")
    .addHelpText("after", "\nExample:\n  prune inspect model.onnx --json | jq .prunable")
    .action(
      async (named: string, options: Pick<PruneConfig, "io" | "sizes"> & { readonly json?: boolean }) => {
        const result = await workflow.inspect(modelPath(named), {
          io: options.io,
          ...(options.sizes && { sizes: options.sizes }),
          onProgress: shownOn(terminal),
        });
        const shown = { ...result, model: named };
        terminal.print(options.json ? JSON.stringify(shown, null, 2) : printed(shown, terminal));
      },
    );
}

const most = 40;

const formats: Partial<Record<Inspection["format"], string>> = {
  "tfjs-graph-model": "TensorFlow.js GraphModel",
  "tfjs-layers-model": "TensorFlow.js LayersModel",
};

function printed(
  { model, format, irVersion, opset, inlined, cost, prunable, groups, blocks = [], frozen }: Inspection,
  { colours }: Terminal,
): string {
  const head = [
    `${colours.bold(model)}  ${formats[format] ?? `ONNX IR ${irVersion}, opset ${opset ?? "-"}`}`,
    `${count(cost.parameters)} parameters, ${short(cost.macs, "MACs")}, ${short(cost.bytes, "B")}`,
    ...countedLines(cost),
    `${percent(prunable.share)} of the parameters can be cut (${count(prunable.parameters)})`,
    ...inlinedText(inlined),
  ];
  const rows = groups.slice(0, most).map(({ root, kind, units }) => [root, kind, count(units)]);
  const parts = [
    head.join("\n"),
    groups.length > 0 ? table(["group", "kind", "units"], rows) : "No units can leave.",
  ];
  if (groups.length > most) parts.push(`and ${groups.length - most} more groups; --json lists them all`);
  if (blocks.length > 0) {
    const shares = blocks
      .slice(0, most)
      .map(({ name, macs }) => [name, cost.macs ? percent(macs / cost.macs) : "?"]);
    parts.push(table(["residual branch, by its sum", "of the MACs"], shares));
    if (blocks.length > most) parts.push(`and ${blocks.length - most} more; --json lists them all`);
  }
  if (frozen.length > 0) parts.push(`${colours.bold("What stays")}\n${reasons(frozen).join("\n")}`);
  return parts.join("\n\n");
}

/** One line for each reason. */
function reasons(frozen: readonly FrozenAxis[]): string[] {
  const byReason = new Map<string, FrozenAxis[]>();
  for (const axis of frozen) byReason.set(axis.reason, [...(byReason.get(axis.reason) ?? []), axis]);
  const lines = [...byReason].map(([reason, axes]) => {
    const { tensor, dim, node } = axes[0] as FrozenAxis;
    const others = axes.length > 1 ? ` and ${axes.length - 1} more` : "";
    return `  ${reason}: ${tensor}:${dim}${node ? ` at ${node}` : ""}${others}`;
  });
  return lines.length > most ? [...lines.slice(0, most), `  and ${lines.length - most} more reasons`] : lines;
}
