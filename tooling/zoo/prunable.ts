import type { Trace } from "@prune/graph";

/** How much of the parameters may leave, and what holds the rest. */
export interface Prunable {
  /** Share of the elements at positions that may leave. */
  readonly share: number;
  /** Share left when half of the free positions of every dim leave, heads and groups staying whole. */
  readonly halved: number;
  /** Shares of the elements that stay, by reason, largest first. */
  readonly held: readonly { readonly why: string; readonly share: number }[];
}

/** Elements that stay count for the reasons of all dims that hold them, in equal parts. */
export function prunableOf(trace: Trace): Prunable {
  const free = elementsThatStay(trace);
  const reasons = new Map<string, { dim: number; share: number; reason: string }[]>();
  for (const { tensor, dim, share, reason } of trace.frozen())
    reasons.set(tensor, [...(reasons.get(tensor) ?? []), { dim, share, reason }]);
  const held = new Map<string, number>();
  let total = 0;
  let stay = 0;
  for (const [tensor, { all, left }] of free) {
    total += all;
    stay += left;
    const found = (reasons.get(tensor) ?? []).filter(({ reason }) => reason !== "kernel axis");
    const sum = found.reduce((n, { share }) => n + share, 0);
    for (const { reason, share } of found) {
      const text = reason.replace(/"[^"]*"/g, "…");
      held.set(text, (held.get(text) ?? 0) + (left * share) / sum);
    }
  }
  const list = [...held].map(([why, n]) => ({ why, share: n / total }));
  return {
    share: total === 0 ? 0 : (total - stay) / total,
    halved: halvedShare(trace),
    held: list.sort((a, b) => b.share - a.share || (a.why < b.why ? -1 : 1)),
  };
}

/** By tensor: all elements, and those left when everything leaves that may. */
function elementsThatStay(trace: Trace): Map<string, { all: number; left: number }> {
  const free = trace.families.flatMap(({ units }) => Array.from(units));
  const cut = trace.cut({ units: free, atoms: [] });
  const found = new Map<string, { all: number; left: number }>();
  const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
  for (const parameter of trace.parameters) {
    const left = size(cut.shapeLeft(parameter));
    const known = found.get(parameter.tensor);
    found.set(parameter.tensor, { all: size(parameter.shape), left: Math.max(known?.left ?? 0, left) });
  }
  const { source } = trace;
  const runs = source.nodes.filter(
    ({ outputs }) => !outputs.every((name) => name === "" || source.isConstant(name)),
  );
  const others = new Set(runs.flatMap(({ inputs, captures = [] }) => [...inputs, ...captures]));
  for (const tensor of others) {
    const shape = tensor !== "" && !found.has(tensor) ? source.parameter(tensor) : undefined;
    if (shape && !source.isIndex(tensor)) found.set(tensor, { all: size(shape), left: size(shape) });
  }
  return found;
}

function halvedShare(trace: Trace): number {
  const leaves = new Uint8Array(trace.units.count);
  for (const { kind, units: own } of trace.families)
    if (kind === "channels" && own.length > 1) for (const unit of own) leaves[unit] = 1;
  const isFree = (id: number): boolean => trace.atomsOf(id).some((atom) => leaves[trace.unitOf(atom)] === 1);
  const tensors = new Map<string, { all: number; left: number }>();
  for (const { tensor, shape, selectors } of trace.parameters) {
    const byView = new Map<string, Map<string, number>>();
    for (const { view, dims, ids } of selectors) {
      const share = ids.reduce((n, id) => n + Number(isFree(id)), 0) / ids.length;
      const seen = byView.get(String(view)) ?? new Map<string, number>();
      byView.set(String(view), seen.set(String(dims), 1 - share / 2));
    }
    const shares = [...byView.values()].map((dims) => [...dims.values()].reduce((n, share) => n * share, 1));
    const all = shape.reduce((a, b) => a * b, 1);
    const left = all * Math.min(1, ...shares);
    tensors.set(tensor, { all, left: Math.max(left, tensors.get(tensor)?.left ?? 0) });
  }
  const sum = (key: "all" | "left"): number => [...tensors.values()].reduce((n, t) => n + t[key], 0);
  return sum("all") === 0 ? 1 : sum("left") / sum("all");
}
