import type { Cost, Family, Trace } from "@prune/graph";
import type { Command } from "commander";
import { count, percent, short } from "../terminal/numbers.js";
import { table } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";
import { cutOfAll, openTraced } from "../traced.js";

export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("what can be cut, and what can't, with the reason")
    .description(
      "List a model's families of units (channels, heads, hidden units that play the same part), the share of the\n" +
        "parameters that can be cut, what is frozen and why, and what the model costs.",
    )
    .argument("<model>", "the model")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  prune inspect model.onnx --json | jq .prunable")
    .action((model: string, options: { readonly json?: boolean }) => {
      terminal.progress("tracing");
      const result = inspect(model);
      terminal.print(options.json ? JSON.stringify(result, null, 2) : printed(result, terminal));
    });
}

/** What can be cut of a model, as `prune inspect --json` prints it. */
export interface Inspection {
  readonly model: string;
  readonly irVersion: number;
  readonly opset: number | undefined;
  readonly cost: Cost;
  /** Parameters that some unit may take along. */
  readonly prunable: { readonly parameters: number; readonly share: number };
  readonly families: readonly InspectedFamily[];
  readonly frozen: readonly FrozenPart[];
}

interface InspectedFamily {
  readonly id: number;
  /** Families of one group share a producing axis. */
  readonly group: number;
  readonly kind: Family["kind"];
  readonly units: number;
  /** Parameter axes that lose elements with the units, as TENSOR:DIM of the parameter or of a finer view of it. */
  readonly axes: readonly string[];
}

/** Units or a whole tensor axis that must stay. */
interface FrozenPart {
  readonly why: string;
  readonly node: string;
  readonly units?: number;
  readonly tensor?: string;
  readonly dim?: number;
}

export function inspect(path: string): Inspection {
  const { model, backend, trace } = openTraced(path);
  const cost = backend.cost(model, trace);
  const parameters = cost.parameters - backend.cost(model, trace, cutOfAll(trace)).parameters;
  return {
    model: path,
    irVersion: model.irVersion,
    opset: model.opsets.get(""),
    cost,
    prunable: { parameters, share: cost.parameters === 0 ? 0 : parameters / cost.parameters },
    families: trace.families.map((family) => ({
      id: family.id,
      group: family.group,
      kind: family.kind,
      units: family.units.length,
      axes: axesOf(family, trace),
    })),
    frozen: frozenParts(trace),
  };
}

const axesOf = ({ members }: Family, { units }: Trace): string[] => [
  ...new Set(
    members.flatMap((member) => {
      const { parameter, selector } = units.index.members[member] ?? {};
      return parameter && selector ? [axisName(parameter.shape, parameter.tensor, selector)] : [];
    }),
  ),
];

function axisName(shape: readonly number[], tensor: string, { view, dims }: { view: readonly number[]; dims: readonly number[] }): string {
  const finer = view.length === shape.length ? "" : `[${view.join(",")}]`;
  return `${tensor}${finer}:${dims.join(",")}`;
}

/** Units that must stay, by reason, then the parameters that a node keeps whole. */
function frozenParts({ units, state }: Trace): FrozenPart[] {
  const pinned = new Map<number, number>();
  for (const pin of units.pins) if (pin !== 0) pinned.set(pin, (pinned.get(pin) ?? 0) + 1);
  const parts: FrozenPart[] = [...pinned].map(([pin, n]) => {
    const reason = state.names.reasons[pin - 1];
    return { why: reason?.text ?? "", node: reason?.node ?? "", units: n };
  });
  for (const { tensor, dim, why, node } of state.frozen)
    parts.push({ why, node, tensor, ...(dim !== undefined && { dim }) });
  return parts;
}

const most = 40;

function printed(result: Inspection, { colours }: Terminal): string {
  const { cost, prunable, families, frozen } = result;
  const head = [
    `${colours.bold(result.model)}  ONNX IR ${result.irVersion}, opset ${result.opset ?? "-"}`,
    `${count(cost.parameters)} parameters, ${short(cost.macs, "MACs")}, ${short(cost.bytes, "B")}`,
    `${percent(prunable.share)} of the parameters can be cut (${count(prunable.parameters)})`,
  ];
  const rows = families.slice(0, most).map(({ id, kind, units, axes, group }) => [
    String(id),
    String(group),
    kind,
    count(units),
    `${axes[0] ?? ""}${axes.length > 1 ? ` and ${axes.length - 1} more` : ""}`,
  ]);
  const parts = [head.join("\n"), rows.length > 0 ? table(["family", "group", "kind", "units", "axes"], rows) : "No units can leave."];
  if (families.length > most) parts.push(`and ${families.length - most} more families; --json lists them all`);
  if (frozen.length > 0) parts.push(`${colours.bold("What stays")}\n${frozen.slice(0, most).map(told).join("\n")}`);
  if (frozen.length > most) parts.push(`and ${frozen.length - most} more`);
  return parts.join("\n\n");
}

function told({ why, node, units, tensor, dim }: FrozenPart): string {
  const what = tensor === undefined ? `${count(units ?? 0)} units` : `${tensor}${dim === undefined ? "" : ` dim ${dim}`}`;
  return `  ${what}: ${why}${node === "" ? "" : ` (${node})`}`;
}
