import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Family, Trace } from "@prune/graph";
import type { Member } from "@prune/graph/advanced";
import { onnx, readModel } from "@prune/onnx";

const roles = ["out", "in", "value"] as const;

/** Of longer lists the rest is a count and a hash. */
const told = 12;

/**
 * What may leave a graph and how it hangs together, as text that a refactor must not change: its families of units
 * with the parameter axes they lie in, and how many units stay for which reason. External weights are taken as zeros,
 * so the file alone is enough.
 */
export function structureOf(path: string): string {
  const external = (_: string, __: number, length = 0): Uint8Array => new Uint8Array(length);
  const trace = onnx().trace(readModel(readFileSync(path), { external }));
  const { families, units } = trace;
  const free = families.reduce((sum, family) => sum + family.units.length, 0);
  const groups = new Set(families.map(({ group }) => group)).size;
  const head = `${units.count} units, ${free} free, in ${families.length} families of ${groups} groups`;
  return `${[head, ...families.map((family) => familyLine(trace, family)), ...pinned(trace)].join("\n")}\n`;
}

/** `6 channels, group 0: out conv1.weight:0; in conv2.weight:1; value conv1.bias:0` */
function familyLine(trace: Trace, { units: own, kind, group, notes, members: numbers }: Family): string {
  const members = numbers.map((m) => trace.members[m] as Member);
  const parts = roles.flatMap((role) => {
    const texts = members.filter(({ selector }) => selector.role === role).map(memberText);
    return texts.length > 0 ? [`${role} ${shortened([...new Set(texts)])}`] : [];
  });
  return `${own.length} ${kind}, group ${group}${notes ? `, notes ${notes}` : ""}: ${parts.join("; ")}`;
}

/** `tensor:dims`, and the view that the dims are of where it isn't the tensor's shape. */
function memberText({ parameter: { tensor, shape }, selector: { view, dims } }: Member): string {
  const whole = view.length === shape.length && view.every((size, d) => size === shape[d]);
  return `${tensor}:${dims.join(",")}${whole ? "" : `/${view.join("x")}`}`;
}

function shortened(texts: readonly string[]): string {
  if (texts.length <= told + 1) return texts.join(" ");
  const rest = texts.slice(told).join(" ");
  const hash = createHash("sha256").update(rest).digest("hex").slice(0, 8);
  return `${texts.slice(0, told).join(" ")} and ${texts.length - told} more (${hash})`;
}

function pinned(trace: Trace): string[] {
  const counts = new Map<string, number>();
  for (let unit = 0; unit < trace.units.count; unit++) {
    const reason = trace.whyStays(unit);
    if (!reason) continue;
    const text = reason.text.replace(/"[^"]*"/g, "…");
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([text, n]) => `pinned ${n}: ${text}`);
}
