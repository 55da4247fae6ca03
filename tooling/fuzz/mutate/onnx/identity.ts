import { rules } from "@prune/onnx";
import type { ModelParts } from "../../../../packages/onnx/test/files/build-model.js";
import type { Edits } from "../../mutant.js";
import { names } from "../nasty.js";
import { graphOf, nodesOf, onNode, onStored, storedOf, tensorsOf } from "./parts.js";

const operators = Object.keys(rules).filter((name) => !name.includes(":"));

export const identity: Edits<ModelParts> = {
  operator: onNode((node, _, random) => {
    node.opType = random.pick(operators);
    return `is ${node.opType}`;
  }),
  oddOperator: onNode((node, _, random) => {
    node.opType = random.pick(names);
    return `is ${JSON.stringify(node.opType.slice(0, 20))}`;
  }),
  domain: onNode((node, _, random) => {
    node.domain = random.pick([
      "com.microsoft",
      "ai.onnx",
      "ai.onnx.ml",
      "constructor",
      ...names.slice(0, 4),
    ]);
    return `in ${JSON.stringify(node.domain)}`;
  }),
  // Everywhere, so that the model stays what it is but for the name.
  renamed(model, random) {
    const graph = graphOf(model, random);
    const from = random.pick(tensorsOf(graph));
    const to = random.pick(names);
    const named = (name: string): string => (name === from ? to : name);
    for (const node of nodesOf(graph)) {
      node.input = (node.input ?? []).map(named);
      node.output = (node.output ?? []).map(named);
    }
    for (const one of [
      ...storedOf(graph),
      ...(graph.input ?? []),
      ...(graph.output ?? []),
      ...(graph.valueInfo ?? []),
    ])
      one.name = named(one.name ?? "");
    return `${from} to ${JSON.stringify(to.slice(0, 20))}`;
  },
  storedName: onStored((tensor, graph, random) => {
    tensor.name = random.pick([...names, ...tensorsOf(graph)]);
    return `is called ${JSON.stringify(tensor.name.slice(0, 20))}`;
  }),
  storedTwice: onStored((tensor, graph, random) => {
    storedOf(graph).push({ ...tensor, dims: random.once(2) ? [1] : (tensor.dims ?? []) });
    return "a second time";
  }),
  storedMissing(model, random) {
    const list = storedOf(graphOf(model, random));
    return list.splice(random.below(list.length || 1), 1)[0]?.name ?? "none";
  },
};
