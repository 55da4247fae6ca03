import type { Layout } from "../layout/layout.js";
import type { State } from "../trace/state.js";
import type { NodePatch } from "../trace/value.js";
import { type Cut, lifeOf } from "./cut.js";
import type { Finding } from "./finding.js";
import { liveAlong } from "./live-along.js";

/** A cut as the patches of rules see it: they may also say that it can't be made. */
export interface Patching extends Cut {
  /** Survivors among the positions of a dim, in new coordinates, in the order given; refuses where rows differ in them. */
  remap(layout: Layout, dim: number, index: ArrayLike<number>): number[];
  refuse(finding: Finding): void;
}

/** How nodes change with a cut, and what rules found to stand against it. */
export interface Patches {
  readonly patches: readonly { readonly node: number; readonly patch: NodePatch }[];
  readonly findings: readonly Finding[];
}

/** Asks the rules how the nodes change that a cut concerns. */
export function patchesOf(state: State, cut: Cut, isConcerned: (node: number) => boolean): Patches {
  const life = lifeOf(cut);
  const findings: Finding[] = [];
  const refuse = (finding: Finding): void => void findings.push(finding);
  const patching: Patching = Object.create(cut, {
    refuse: { value: refuse },
    remap: {
      value: (layout: Layout, dim: number, index: ArrayLike<number>) =>
        remap(layout, dim, index, life, refuse),
    },
  });
  const patches = state.patches.flatMap(({ node, change }) => {
    const patch = isConcerned(node) ? change(patching) : undefined;
    return patch ? [{ node, patch }] : [];
  });
  return { patches, findings };
}

function remap(
  layout: Layout,
  dim: number,
  index: ArrayLike<number>,
  life: Uint8Array,
  refuse: Patching["refuse"],
): number[] {
  let first: number[] | undefined;
  for (const flags of liveAlong(layout, dim, life)) {
    const mapped = ranks(flags, index);
    if (first && mapped.join() !== first.join()) {
      const ids = layout.blocks.flatMap((block) => [...block.ids]);
      const text = "rows keep different positions of an axis that is indexed the same way in all of them";
      refuse({ kind: "index", text, tensor: undefined, ids: Int32Array.from(ids) });
      break;
    }
    first ??= mapped;
  }
  return first ?? [];
}

function ranks(flags: Uint8Array, index: ArrayLike<number>): number[] {
  const rank = new Int32Array(flags.length);
  let next = 0;
  for (let i = 0; i < flags.length; i++) rank[i] = flags[i] ? next++ : -1;
  const out: number[] = [];
  for (let k = 0; k < index.length; k++) {
    const to = rank[index[k] as number] as number;
    if (to >= 0) out.push(to);
  }
  return out;
}
