import type { FrozenAxis, GraphNode } from "@prune/graph";
import type { Chosen } from "@prune/pruner/advanced";
import type { OpenedModel } from "./protocol.js";

/** One entry for each reason, the most frequent first. */
export function reasonsOf(frozen: readonly FrozenAxis[]): OpenedModel["frozen"] {
  const byReason = new Map<string, { axes: number; example: string }>();
  for (const { reason, tensor, dim } of frozen) {
    const known = byReason.get(reason);
    if (known) known.axes++;
    else byReason.set(reason, { axes: 1, example: `${tensor}:${dim}` });
  }
  return [...byReason].map(([reason, found]) => ({ reason, ...found })).sort((a, b) => b.axes - a.axes);
}

/** The most frequent reason why nothing leaves. */
export function whyNothing({ choices }: Chosen): string {
  const counts = new Map<string, number>();
  for (const { why } of choices) for (const text of why) counts.set(text, (counts.get(text) ?? 0) + 1);
  const [most] = [...counts].sort((a, b) => b[1] - a[1]);
  if (choices.length === 0)
    return "No units can leave this model; what stays is listed below, with the reasons.";
  return `Nothing leaves: ${most?.[0] ?? "no unit was chosen"}.`;
}

/** Attributes of nodes of any format, printed; tensors and graphs only by their kind. */
export function attributesOf(node: GraphNode): Readonly<Record<string, string>> {
  const { attributes } = node as { attributes?: unknown };
  if (!(attributes instanceof Map)) return {};
  return Object.fromEntries(
    [...(attributes as Map<string, unknown>)].map(([name, given]) => {
      const value = (given as { value?: unknown } | null)?.value ?? given;
      const text =
        typeof value === "object" && !Array.isArray(value)
          ? String((given as { kind?: string }).kind ?? "…")
          : String(value);
      return [name, text.length > 80 ? `${text.slice(0, 79)}…` : text];
    }),
  );
}
