import type { Cut, Trace } from "@prune/graph";
import { deadCells } from "@prune/graph/advanced";
import { liveCells } from "../../mask/live.js";
import type { GraphModel } from "../../model.js";
import type { Contents } from "../contents/contents.js";
import { createDraft } from "../cut/draft.js";
import { recomputed } from "../cut/recomputed.js";
import type { TfNode } from "../node.js";
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
  const again = recomputed(source, trace, cut);
  const value = (name: string): Contents | undefined => again.value(name) ?? source.value(name);
  const masking: Masking = {
    draft,
    trace,
    isConstant: (name) => source.isConstant(name),
    live: (name) => liveCells(trace.tensors.get(name)?.layout, cut),
    zeroed: (node, input) => zeroed({ source, trace, cut, value }, node, input),
    gated: new Map(),
  };
  for (const [tensor, { shape, data }] of again.zeroed) {
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

interface Stored {
  readonly source: GraphModelSource;
  readonly trace: Trace;
  readonly cut: Pick<Cut, "living">;
  /** What constants hold where what they are computed from is zero. */
  value(name: string): Contents | undefined;
}

/** What a node reads of a constant that is cut, for all of its readers or for this one. */
function zeroed({ source, trace, cut, value }: Stored, node: TfNode, input: number): Contents | undefined {
  const tensor = node.inputs[input] ?? "";
  const contents = value(tensor);
  if (contents?.dtype !== "float32") return undefined;
  const data = Float32Array.from(contents.data as ArrayLike<number>);
  let isChanged = false;
  for (const parameter of trace.parameters) {
    const { use } = parameter;
    if (parameter.tensor !== tensor) continue;
    if (use && (source.nodes[use.node] !== node || use.input !== input)) continue;
    deadCells(
      parameter.selectors,
      cut,
    )?.((element) => {
      data[element] = 0;
      isChanged = true;
    });
  }
  return isChanged ? { ...contents, data } : undefined;
}
