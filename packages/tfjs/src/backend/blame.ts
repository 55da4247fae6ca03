import type { Cut, State } from "@prune/graph";
import { TfjsError } from "../errors.js";

/** Runs what may refuse a cut; says in the cut's findings which names a refusal is about, so that they can come back. */
export function blaming<T>(state: State, cut: Cut, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof TfjsError && error.code === "inconsistent-cut" && cut.findings.length === 0) {
      const { tensor, what } = error.detail as { tensor: string; what: string };
      const selectors = state.parameters.all.filter((p) => p.tensor === tensor).flatMap((p) => p.selectors);
      const blocks = [...selectors, ...(state.value(tensor)?.layout?.blocks ?? [])];
      const ids = blocks.flatMap((block) => Array.from(block.ids)).filter((id) => cut.life[id] === 0);
      if (ids.length > 0) cut.findings.push({ kind: "index", text: what, tensor, ids: Int32Array.from(ids) });
    }
    throw error;
  }
}
