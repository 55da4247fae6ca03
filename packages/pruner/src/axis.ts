import type { Family, Trace } from "@prune/graph";
import type { Member } from "@prune/graph/advanced";

/** An axis of a parameter. */
export interface ParameterAxis {
  readonly tensor: string;
  /** Dims of the tensor, or of `view` where the axis is part of a dim. */
  readonly dims: readonly number[];
  readonly view?: readonly number[];
  readonly node: string;
}

/** Which axis of which parameter the positions of a member lie along. */
export function axisOf({
  parameter: { tensor, shape },
  selector: { view, dims, node },
}: Member): ParameterAxis {
  const whole = view.length === shape.length && view.every((size, d) => size === shape[d]);
  return { tensor, dims, ...(whole ? {} : { view }), node };
}

/** `conv1.weight:0`, or `weight_hh:1 of [4, 64, 64]` for part of a dim. */
export const axisText = ({ tensor, dims, view }: ParameterAxis): string =>
  `${tensor}:${dims.join(",")}${view ? ` of [${view.join(", ")}]` : ""}`;

export function membersOf(trace: Trace, family: Family): Member[] {
  return family.members.map((m) => trace.members[m] as Member);
}

/** The axis that a family is known by: the first that produces its positions, else the first of all. */
export function rootOf(trace: Trace, family: Family): ParameterAxis {
  const members = membersOf(trace, family);
  const root = members.find(({ selector }) => selector.role === "out") ?? members[0];
  return axisOf(root as Member);
}
