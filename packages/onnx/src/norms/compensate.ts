import type { Cut, Trace } from "@prune/graph";
import type { Draft } from "../cut/draft.js";
import { createWriter } from "../mask/writer.js";
import type { Model } from "../model.js";
import { recordOf } from "../operators/operators.js";
import type { OnnxSource } from "../trace/source.js";
import { findCentred } from "./centred.js";
import { shareOf } from "./whole.js";

/**
 * Makes the norms and means of a cut model count what left as zero. With n' of n positions left, a mean over n is n'/n
 * times that of the living; a variance over n is n'/n times the mean of what lies around that mean among the living,
 * and (n-n')/n times its square of the dead, which lie at zero (compensated LayerNorm, arXiv 2606.14346): sums of
 * squares alone, so that nothing cancels. Of root mean squares two numbers change: epsilon n/n' and scale sqrt(n/n').
 * Gives the names of the nodes that something left from.
 */
export function compensate(
  model: Model,
  source: OnnxSource,
  trace: Trace,
  cut: Cut,
  draft: Draft,
): readonly string[] {
  const writer = createWriter(model, { draft, prefix: "norm" });
  const compensation = {
    writer,
    source,
    trace,
    cut,
    share: shareOf(trace, cut),
    rank: (tensor: string) => trace.tensors.get(tensor)?.layout?.rank ?? 0,
    centred: findCentred(source),
  };
  const changed: string[] = [];
  for (const node of source.nodes) {
    const whole = recordOf(node)?.whole;
    if (!whole || node.outputs.every((name) => name === "" || trace.isComputed(name))) continue;
    writer.before = node.index;
    const before = draft.inserted.length + draft.nodes.size;
    const attributes = draft.nodes.get(node.index);
    whole.compensate(node, compensation);
    if (draft.inserted.length + draft.nodes.size > before || draft.nodes.get(node.index) !== attributes)
      changed.push(node.name || (node.outputs[0] ?? ""));
  }
  return changed;
}
