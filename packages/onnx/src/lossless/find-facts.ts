import { isStandard } from "../operators/operators.js";
import { cellwise } from "./cellwise-facts.js";
import { contracted } from "./contracted-facts.js";
import { contractionOf } from "./contraction.js";
import { moved } from "./moved-facts.js";
import type { View } from "./view.js";

/** Interprets the graph channel by channel: what every activation's channels hold for any input of the model. */
export function findFacts(view: View): void {
  for (const node of view.source.nodes) {
    if ((!isStandard(node) && !node.own) || node.shuffle) continue;
    const contraction = contractionOf(node, view);
    node.outputs.forEach((output, i) => {
      if (output === "" || view.source.isConstant(output) || view.names(output).size === 0) return;
      const found = contraction
        ? contracted(contraction, view)
        : (cellwise(node, i, view) ?? moved(node, i, view));
      if (found) view.facts.set(output, found);
    });
  }
}
