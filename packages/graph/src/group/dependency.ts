import type { Axis } from "./axis.js";
import { positionsToSlots } from "./cells.js";
import { compose, type IndexMap, invert } from "./index-map.js";
import type { Reached, Walk } from "./walk.js";

/** What leaves one axis makes leave another, and the node that couples them. */
export interface Dependency {
  readonly source: Axis;
  readonly target: Axis;
  readonly via: { readonly node: string; readonly op: string };
  /** Positions of the source to those of the target that leave with them; made when first read. */
  readonly map: IndexMap;
  readonly inverse: IndexMap;
}

export function createDependency(
  { choice, axes }: Walk,
  from: number,
  to: number,
  via: Dependency["via"],
): Dependency {
  const [source, target] = [axes[from] as Reached, axes[to] as Reached];
  const slots = ({ named, marks }: Reached): IndexMap => positionsToSlots(named, marks, choice.atoms.length);
  let map: IndexMap | undefined;
  let inverse: IndexMap | undefined;
  return {
    source: source.named.axis,
    target: target.named.axis,
    via,
    get map() {
      map ??= compose(slots(source), invert(slots(target)));
      return map;
    },
    get inverse() {
      inverse ??= invert(this.map);
      return inverse;
    },
  };
}
