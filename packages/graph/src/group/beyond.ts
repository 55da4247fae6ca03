import type { NamedAxis } from "./axis.js";
import type { Paths } from "./walk.js";

/** Nameless tensors in a row that are looked beyond: rules that see several nodes as one name none in between. */
const reach = 3;

/** Axes behind tensors without names next to an activation, with the node that has them. */
export function beyond(
  { state, table, around }: Paths,
  { axis }: NamedAxis,
): { to: NamedAxis; node: number }[] {
  const found: { to: NamedAxis; node: number }[] = [];
  if (axis.role !== "activation") return found;
  const isNameless = (tensor: string): boolean => {
    const value = state.values.get(tensor);
    return value !== undefined && !value.constant && table.of(tensor).length === 0;
  };
  const seen = new Set([axis.tensor]);
  let front: readonly string[] = [axis.tensor];
  for (let depth = 0; depth <= reach && front.length > 0; depth++) {
    const behind: string[] = [];
    for (const tensor of front)
      for (const node of around(tensor)) {
        const { inputs, outputs } = state.source.nodes[node] as (typeof state.source.nodes)[number];
        for (const other of [...inputs, ...outputs]) {
          if (!other || seen.has(other)) continue;
          if (isNameless(other)) {
            seen.add(other);
            behind.push(other);
          } else if (depth > 0) for (const to of table.of(other)) found.push({ to, node });
        }
      }
    front = behind;
  }
  return found;
}
