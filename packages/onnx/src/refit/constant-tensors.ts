import { isRandom } from "../jumps/operators.js";
import type { Model } from "../model.js";
import { subgraphs } from "../order.js";
import type { Wiring } from "./stored-matrix.js";

/** Tensors that follow from stored values alone, the same in every run; cheap to make again. */
export function constantTensors({ graph }: Model, wiring: Wiring): ReadonlySet<string> {
  const found = new Set<string>(graph.initializers.keys());
  const dynamic = new Set<string>();
  const check = (tensor: string): void => {
    const stack = [tensor];
    while (stack.length > 0) {
      const name = stack[stack.length - 1] as string;
      const node = wiring.producer(name);
      if (found.has(name) || dynamic.has(name)) {
        stack.pop();
        continue;
      }
      if (!node || subgraphs(node).length > 0 || isRandom(node)) {
        dynamic.add(name);
        continue;
      }
      const inputs = node.inputs.filter((input) => input !== "");
      const open = inputs.filter((input) => !found.has(input) && !dynamic.has(input));
      if (open.length > 0) stack.push(...open);
      else if (inputs.some((input) => dynamic.has(input))) dynamic.add(name);
      else found.add(name);
    }
  };
  for (const node of graph.nodes) for (const name of node.outputs) if (name !== "") check(name);
  return found;
}
