import type { Cut, Trace } from "@prune/graph";
import { liveCells } from "../../mask/live.js";
import type { GraphModel } from "../../model.js";
import { createDraft } from "../cut/draft.js";
import { recomputed } from "../cut/recomputed.js";
import { findCentred } from "../norms/centred.js";
import type { Norms } from "../norms/compensate.js";
import { recordOf } from "../operators/operators.js";
import type { GraphModelSource } from "../source.js";
import { gate, type Masking } from "./masking.js";

/**
 * The original model with everything that a cut removes masked: the other side of the law `cut = mask`. Shapes stay;
 * before an operator mixes positions, dead cells become what it ignores; means are of the living, or of all with what
 * is dead as zero. Where constants are computed from what is removed, that is zero. It knows which names live and how
 * tensors are named, but nothing of how the cut is made.
 */
export function maskGraph(
  model: GraphModel,
  source: GraphModelSource,
  trace: Trace,
  cut: Pick<Cut, "living">,
  norms: Norms = "live",
): GraphModel {
  const draft = createDraft(model);
  const masking: Masking = {
    draft,
    trace,
    isConstant: (name) => source.isConstant(name),
    live: (name) => liveCells(trace.tensors.get(name)?.layout, cut),
    gated: new Map(),
  };
  for (const [tensor, { shape, data }] of recomputed(source, trace, cut).zeroed) {
    const bytes = new Uint8Array(Float32Array.from(data as ArrayLike<number>).buffer);
    const zeroed = draft.constant(`zeroed_${tensor}`, { shape, dtype: "float32" }, bytes);
    for (const node of source.nodes)
      node.inputs.forEach((name, i) => {
        if (name === tensor) draft.setInput(node.name, i, zeroed);
      });
  }
  const centredOf = findCentred(source.nodes);
  for (const node of source.nodes)
    if (norms === "masked" && node.op === "Mean") {
      // Around its mean what is dead isn't zero, and counts as it is.
      const centred = centredOf(node);
      if (centred) gate(centred.difference, centred.input, masking);
      else gate(node, 0, masking);
    } else recordOf(node)?.mask?.(node, masking);
  return draft.finish();
}
