import type { Family, Trace } from "@prune/graph";
import { membersOf } from "./axis.js";

/** Names of the nodes and tensors that produce or carry a family's positions, not of those that sum over them. */
export function namesOf(trace: Trace, family: Family): string[] {
  const carriers = membersOf(trace, family).filter(({ selector }) => selector.role !== "in");
  return [...new Set(carriers.flatMap(({ parameter, selector }) => [parameter.tensor, selector.node]))];
}

/** Matches whole names; `*` stands for anything, and a pattern also fits what lies under it: `fc` fits `fc.weight`. */
export function pattern(text: string): (name: string) => boolean {
  const body = text.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const expression = new RegExp(`^${body}([./:].*)?$`);
  return (name) => expression.test(name);
}
