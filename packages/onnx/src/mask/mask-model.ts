import type { Trace } from "@prune/graph";
import { finish } from "../cut/draft.js";
import { recomputed } from "../cut/recomputed.js";
import type { GraphEdit, Model } from "../model.js";
import type { Norms } from "../norms/whole.js";
import type { OnnxSource } from "../trace/source.js";
import type { Living } from "./mask.js";
import { createMasking, maskerOf } from "./masking.js";

/**
 * The original model with everything that a cut removes masked: the other side of the law `cut = mask`. Shapes stay;
 * dead cells are filled with what an operator ignores before it mixes positions, and statistics run over the living, or
 * over all with what is dead as zero.
 * Where constants are computed from what is removed, that is zero. It knows which names live and how tensors are named, but nothing of how the cut is made.
 */
export function maskModel(
  model: Model,
  source: OnnxSource,
  trace: Trace,
  cut: Living,
  norms: Norms = "live",
): GraphEdit {
  const masking = createMasking(model, source, trace, cut);
  for (const [name, { shape, bytes }] of recomputed(model, source, trace, cut).zeroed)
    masking.writer.draft.tensors.set(name, { shape, bytes });
  for (const node of [...source.nodes].sort((a, b) => a.index - b.index)) {
    const mask = maskerOf(node, norms);
    if (!mask || masking.isComputed(node)) continue;
    masking.writer.before = node.index;
    mask(node, masking);
  }
  // What a file says of shapes on the way may be stale, and runtimes refuse a model for it; they infer shapes themselves.
  return finish(masking.writer.draft, new Set(), () => false);
}
