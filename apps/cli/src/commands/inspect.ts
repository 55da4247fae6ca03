import type { Backend, Cost, FrozenAxis, Trace } from "@prune/graph";
import type { Command } from "commander";
import { modelPath } from "../files/standard-input.js";
import { count, percent, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { isTfjs } from "../tfjs/is-tfjs.js";
import { cutOfAll, type InlinedCounts, inlinedIn, inlinedText, openTraced } from "../traced.js";

export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("what can be cut, and what can't, with the reason")
    .description(
      "List the groups of units (channels, heads, hidden units) that leave together, the share of the parameters that " +
        "can be cut, what is frozen and why, and what the model costs.",
    )
    .argument("<model>", "the model")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  prune inspect model.onnx --json | jq .prunable")
    .action(async (named: string, options: { readonly json?: boolean }) => {
      const model = modelPath(named);
      terminal.progress("tracing");
      const result = isTfjs(model)
        ? await (await import("../tfjs/inspect-tfjs.js")).inspectTfjs(model)
        : inspect(model);
      const shown = { ...result, model: named };
      terminal.print(options.json ? JSON.stringify(shown, null, 2) : printed(shown, terminal));
    });
}

/** What can be cut of a model, as `prune inspect --json` prints it. */
export interface Inspection {
  readonly model: string;
  readonly format: "onnx" | "tfjs-graph-model" | "tfjs-layers-model";
  /** null where the model is not ONNX. */
  readonly irVersion: number | null;
  readonly opset: number | null;
  /** Where the graph that is told of is not quite the file's. */
  readonly inlined?: InlinedCounts;
  readonly cost: Cost;
  /** Parameters that some unit may take along. */
  readonly prunable: { readonly parameters: number; readonly share: number };
  readonly groups: readonly InspectedGroup[];
  readonly frozen: readonly FrozenAxis[];
}

interface InspectedGroup {
  /** The axis that the group is known by, as TENSOR:DIM, with the finer view of the tensor where it has one. */
  readonly root: string;
  readonly kind: "channels" | "rows";
  readonly units: number;
  /** A cut equals a mask exactly: nothing normalises over the units. */
  readonly exact: boolean;
}

export function inspect(path: string): Inspection {
  const { model, backend, trace } = openTraced(path);
  return {
    model: path,
    format: "onnx",
    irVersion: model.irVersion,
    opset: model.opsets.get("") ?? null,
    ...inlinedIn(model),
    ...inspected(model, backend, trace),
  };
}

/** What any backend tells of a model. */
export function inspected<Model>(
  model: Model,
  backend: Pick<Backend<Model>, "cost">,
  trace: Trace,
): Pick<Inspection, "cost" | "prunable" | "groups" | "frozen"> {
  const cost = backend.cost(model, trace);
  const parameters = cost.parameters - backend.cost(model, trace, cutOfAll(trace)).parameters;
  return {
    cost,
    prunable: { parameters, share: cost.parameters === 0 ? 0 : parameters / cost.parameters },
    groups: groupsOf(trace),
    frozen: trace.frozen(),
  };
}

const groupsOf = (trace: Trace): InspectedGroup[] =>
  trace.groups().map(({ root: { tensor, dims, view }, families, exact }) => ({
    root: `${tensor}:${dims.join(",")}${view ? ` of [${view.join(", ")}]` : ""}`,
    kind: families[0]?.kind ?? "channels",
    units: families.reduce((sum, { units }) => sum + units.length, 0),
    exact,
  }));

const most = 40;

const formats: Partial<Record<Inspection["format"], string>> = {
  "tfjs-graph-model": "TensorFlow.js GraphModel",
  "tfjs-layers-model": "TensorFlow.js LayersModel",
};

function printed(
  { model, format, irVersion, opset, inlined, cost, prunable, groups, frozen }: Inspection,
  { colours }: Terminal,
): string {
  const head = [
    `${colours.bold(model)}  ${formats[format] ?? `ONNX IR ${irVersion}, opset ${opset ?? "-"}`}`,
    `${count(cost.parameters)} parameters, ${short(cost.macs, "MACs")}, ${short(cost.bytes, "B")}`,
    `${percent(prunable.share)} of the parameters can be cut (${count(prunable.parameters)})`,
    ...inlinedText(inlined),
  ];
  const rows = groups.slice(0, most).map(({ root, kind, units }) => [root, kind, count(units)]);
  const parts = [
    head.join("\n"),
    groups.length > 0 ? table(["group", "kind", "units"], rows) : "No units can leave.",
  ];
  if (groups.length > most) parts.push(`and ${groups.length - most} more groups; --json lists them all`);
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
