import type { Family, Trace } from "@prune/graph";
import type { Linear } from "@prune/onnx";

/** Inputs of a linear layer that each unit of a family names; undefined where the layer reads none of them. */
export function columnsOf(trace: Trace, family: Family, linear: Linear): number[][] | undefined {
  const { matrix } = linear.place;
  const byMember = new Map<number, Map<number, number[]>>();
  family.members.forEach((m) => {
    const member = trace.members[m];
    if (member?.parameter.tensor !== matrix.weight.name || member.selector.role !== "in") return;
    byMember.set(m, channelsByPosition(linear, member.selector));
  });
  if (byMember.size === 0) return undefined;
  const taps = (linear.window?.kernel ?? []).reduce((a, b) => a * b, 1);
  return Array.from(family.units, (u) => {
    const channels = new Set<number>();
    trace.eachPlace(u, (member, position) => {
      for (const c of byMember.get(member)?.get(position) ?? []) channels.add(c);
    });
    const sorted = [...channels].sort((a, b) => a - b);
    return sorted.flatMap((c) => Array.from({ length: taps }, (_, t) => c * taps + t));
  });
}

/** Input channels at each position of a selector of the layer's weights. */
function channelsByPosition(
  { inputs, outputs, groups, place }: Linear,
  { view, dims }: { readonly view: readonly number[]; readonly dims: readonly number[] },
): Map<number, number[]> {
  const { shape } = place.matrix.weight;
  const perGroup = inputs / groups;
  const inner = shape.slice(2).reduce((a, b) => a * b, 1);
  const found = new Map<number, number[]>();
  for (let c = 0; c < inputs; c++) {
    const row = Math.floor(c / perGroup) * (outputs / groups);
    const flat = place.byOutput ? (row * perGroup + (c % perGroup)) * inner : c * (outputs / groups) * inner;
    const position = positionOf(flat, view, dims);
    const list = found.get(position);
    if (list) list.push(c);
    else found.set(position, [c]);
  }
  return found;
}

/** Position of an element over some dims of a view. */
function positionOf(flat: number, view: readonly number[], dims: readonly number[]): number {
  const at = new Array<number>(view.length);
  let rest = flat;
  for (let d = view.length - 1; d >= 0; d--) {
    at[d] = rest % (view[d] as number);
    rest = Math.floor(rest / (view[d] as number));
  }
  return dims.reduce((position, d) => position * (view[d] as number) + (at[d] as number), 0);
}
