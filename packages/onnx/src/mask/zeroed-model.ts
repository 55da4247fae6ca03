import type { Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import { finish } from "../cut/draft.js";
import type { GraphEdit, Model } from "../model.js";
import type { Norms } from "../norms/whole.js";
import type { OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import type { OnnxSource } from "../trace/source.js";
import type { Fill } from "./gate.js";
import type { Living } from "./mask.js";
import { createMasking, type Masking } from "./masking.js";
import { type RemovedFromParameter, zeroIn } from "./zero-parameters.js";

/**
 * The original model with all that a recipe removes set to zero, where statistics of norms, means and extrema run over
 * what lives of `cut`, or over all with what is dead as zero. Sums see the zeros as they are where a stored operand has them; elsewhere what is dead by `cut`
 * is kept out. What `removed` holds and `cut` doesn't is zero and no more: a term that doesn't vanish with it counts.
 */
export function zeroedModel(
  model: Model,
  source: OnnxSource,
  trace: Trace,
  cut: Living,
  removed: readonly RemovedFromParameter[],
  norms: Norms = "live",
): GraphEdit {
  const masking = createMasking(model, source, trace, cut);
  zeroIn(masking.writer.draft, model, removed);
  const readers = readersOf(trace, source, cut);
  const gate = (node: OnnxNode, input: number, fill: Fill = 0): void => {
    const zero = fill === 0 || typeof fill !== "number";
    if (masking.isConstant(node, input) || (zero && readers.has(node))) return;
    masking.gate(node, input, fill);
  };
  const sparing: Masking = { ...masking, gate };
  for (const node of [...source.nodes].sort((a, b) => a.index - b.index)) {
    const whole = norms === "masked" ? recordOf(node)?.whole : undefined;
    const mask = whole?.mask ?? recordOf(node)?.mask;
    if (!mask || masking.isComputed(node)) continue;
    masking.writer.before = node.index;
    mask(node, whole ? masking : sparing);
  }
  return finish(masking.writer.draft, new Set(), () => false);
}

/** Nodes with a stored operand that reads what is dead, and holds zeros there. */
function readersOf(trace: Trace, source: OnnxSource, cut: Living): ReadonlySet<OnnxNode> {
  const losing = new Map<string, Parameter[]>();
  for (const parameter of trace.parameters)
    if (parameter.selectors.some(({ role, ids }) => role === "in" && cut.living(ids)))
      losing.set(parameter.tensor, [...(losing.get(parameter.tensor) ?? []), parameter]);
  return new Set(
    source.nodes.filter((node, at) =>
      node.inputs.some((name, input) =>
        losing.get(name)?.some(({ use }) => !use || (use.node === at && use.input === input)),
      ),
    ),
  );
}
