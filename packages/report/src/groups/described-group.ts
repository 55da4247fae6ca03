import type { Axis, Finding, Group } from "@prune/graph";

/** A group as plain data, breadth-first from its root: what `prune groups --json` prints and the studio lights up. */
export interface DescribedGroup {
  readonly root: Axis;
  readonly indices: readonly number[];
  /** Whether cutting it is the same as setting it to zero. */
  readonly exact: boolean;
  /** Why it must stay; null where it may leave. */
  readonly pinned: Group["pinned"] | null;
  readonly items: readonly {
    /** The tensor that led there. */
    readonly from: string;
    readonly axis: Axis;
    readonly indices: readonly number[];
    /** The operator that couples them. */
    readonly via: { readonly node: string; readonly op: string };
  }[];
  /** What stands against cutting it alone. */
  readonly findings: readonly Pick<Finding, "kind" | "text">[];
}

/** A group as plain data: its root, and every axis that shrinks with it, with the operator that couples them. */
export const describedGroup = (group: Group): DescribedGroup => ({
  root: group.root,
  indices: group.indices,
  exact: group.exact,
  pinned: group.pinned ?? null,
  items: group.items.map(({ dependency: { source, via }, axis, indices }) => ({
    from: source.tensor,
    axis,
    indices,
    via,
  })),
  findings: group.check().map(({ kind, text }) => ({ kind, text })),
});
