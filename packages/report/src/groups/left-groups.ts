import type { Trace } from "@prune/graph";
import { axisOf, axisText, rootMemberOf } from "@prune/graph/advanced";
import type { Picture } from "../picture.js";
import { describedGroup } from "./described-group.js";
import { litOf } from "./lit-of.js";

/** All that a layer's units took along, as a report shows it. */
export interface LeftGroup {
  /** The axis that the layer is known by, as in the report's table. */
  readonly axis: string;
  /** Nodes of the picture that lost something, breadth-first, with the positions that the first of their tensors lost. */
  readonly lit: readonly { readonly place: number; readonly wave: number; readonly label: string }[];
}

/** The units of one layer that leave. */
interface LeftUnits {
  readonly family: Trace["families"][number];
  readonly removed: readonly number[];
}

/** What leaves with the units of each layer that loses some: breadth-first from the axis that the layer is known by. */
export function leftGroups(trace: Trace, picture: Picture, choices: readonly LeftUnits[]): LeftGroup[] {
  return choices.flatMap(({ family, removed }) => {
    if (removed.length === 0) return [];
    const place = rootMemberOf(trace, family);
    const member = trace.members[place];
    if (!member) return [];
    const { tensor } = member.parameter;
    const text = axisText(axisOf(member));
    const root = trace.axes(tensor).find((axis) => axisText(axis) === text);
    if (!root) return [];
    const positions = new Set<number>();
    for (const unit of removed)
      trace.eachPlace(unit, (m, position) => {
        if (m === place) positions.add(position);
      });
    const left = [...positions].sort((a, b) => a - b);
    const group = describedGroup(trace.group(root, left, { family }));
    const lit = [...litOf(picture, group)].map(([at, { wave, label }]) => ({ place: at, wave, label }));
    return [{ axis: text, lit }];
  });
}
