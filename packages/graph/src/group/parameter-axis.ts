import type { Member } from "../units/atom-index.js";
import type { Family } from "../units/families.js";
import type { Axis } from "./axis.js";

/** An axis of a parameter, and the first node that uses it. */
export type ParameterAxis = Pick<Axis, "tensor" | "dims" | "view" | "node">;

/** What is needed of a trace. */
interface Traced {
  readonly members: readonly Member[];
}

/** The axis of a parameter that units lie on; a view only where the axis is part of a dim. */
export function axisOf({
  parameter: { tensor, shape },
  selector: { view, dims, node },
}: Member): ParameterAxis {
  const whole = view.length === shape.length && view.every((size, d) => size === shape[d]);
  return { tensor, dims, ...(whole ? {} : { view }), node };
}

/** An axis in text: `conv1.weight:0`, or `weight_hh:1 of [4, 64, 64]` for part of a dim. */
export const axisText = ({ tensor, dims, view }: Pick<Axis, "tensor" | "dims" | "view">): string =>
  `${tensor}:${dims.join(",")}${view ? ` of [${view.join(", ")}]` : ""}`;

/** Everything that a family's units lie on, in the order of the nodes. */
export const membersOf = ({ members }: Traced, family: Family): Member[] =>
  family.members.map((m) => members[m] as Member);

/** The member that a family of units is known by: the first that produces its positions, else the first of all. */
export const rootMemberOf = ({ members }: Traced, family: Family): number =>
  family.members.find((m) => members[m]?.selector.role === "out") ?? (family.members[0] as number);

/** The axis that a family of units is known by: that of its root member. */
export const rootOf = (trace: Traced, family: Family): ParameterAxis =>
  axisOf(trace.members[rootMemberOf(trace, family)] as Member);
