import type { Group } from "@prune/graph";
import { groupOfUnit, unitNamed } from "@prune/pruner";
import type { PruneConfig } from "@prune/workflow";
import type { Command } from "commander";
import { CliError } from "../errors.js";
import { addOptions } from "../options/from-table.js";
import { axis, indices } from "../options.js";
import type { Terminal } from "../terminal/terminal.js";
import { shownOn, workflow } from "../workflow.js";

interface Options extends Pick<PruneConfig, "io"> {
  readonly root?: { readonly tensor: string; readonly dim: number };
  readonly indices?: readonly number[];
  readonly json?: boolean;
}

export function addGroups(program: Command, terminal: Terminal): void {
  const command = program
    .command("groups")
    .summary("what leaves together, dependency by dependency")
    .description(
      "List every group, or the one of some indices of a root axis: breadth-first from the root, each parameter and " +
        "activation axis that loses positions, which ones, and the operator that couples it.",
    )
    .argument("<model>", "the model")
    .argument("[units...]", 'units by their names, such as "conv1 channel 3": what leaves with each');
  addOptions(command, "groups")
    .option("--root <tensor:dim>", "a dim of a tensor, such as conv1.weight:0", axis)
    .option(
      "--indices <list>",
      "positions of the root, such as 2,6,9 or 0-15 (default: all that may leave)",
      indices,
    )
    .addHelpText(
      "after",
      '\nExamples:\n  prune groups resnet18.onnx "conv1 channel 3"\n  prune groups resnet18.onnx --root conv1.weight:0 --indices 2,6,9',
    )
    .action(async (model: string, units: readonly string[], options: Options) => {
      if (options.indices && !options.root)
        throw new CliError("bad-option", {
          option: "--indices",
          why: "name the axis too, with --root TENSOR:DIM",
        });
      if (options.root && units.length > 0)
        throw new CliError("bad-option", { option: "--root", why: "name an axis, or units, not both" });
      const { trace } = await workflow.open(model, { io: options.io, onProgress: shownOn(terminal) });
      const named = units.map((name) => groupOfUnit(trace, unitNamed(trace, name)));
      const asked = options.root ? [trace.group(options.root, options.indices)] : named;
      const groups = asked.length > 0 ? asked : trace.groups();
      if (!options.json) {
        terminal.print(groups.map((group) => printed(group, asked.length > 0)).join("\n\n"));
        return;
      }
      // The package brings the page of reports along, which other commands start without.
      const { describedGroup } = await import("@prune/report");
      terminal.print(JSON.stringify({ model, groups: groups.map(describedGroup) }, null, 2));
    });
}

/** A group that was asked for by its indices also says what stands against cutting it. */
function printed(group: Group, checked: boolean): string {
  const findings = checked ? group.check() : [];
  return [String(group), ...findings.map(({ kind, text }) => `  can't be cut alone (${kind}): ${text}`)].join(
    "\n",
  );
}
