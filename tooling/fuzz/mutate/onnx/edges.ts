import type { ModelParts } from "../../../../packages/onnx/test/files/build-model.js";
import type { Edits } from "../../mutant.js";
import { graphOf, listOf, nodesOf, onNode, tensorsOf } from "./parts.js";

export const edges: Edits<ModelParts> = {
  rewired: onNode((node, graph, random) => {
    const at = random.below(listOf(node, "input").length || 1);
    listOf(node, "input")[at] = random.pick(tensorsOf(graph)) ?? "";
    return `input ${at} is ${node.input?.[at]}`;
  }),
  dropped: onNode((node, _, random) => {
    node.input?.splice(random.below(node.input.length || 1), 1);
    return `${node.input?.length} inputs`;
  }),
  empty: onNode((node, _, random) => {
    const at = random.below(listOf(node, "input").length || 1);
    listOf(node, "input")[at] = "";
    return `input ${at} is left out`;
  }),
  added: onNode((node, graph, random) => {
    listOf(node, "input").push(random.pick([...tensorsOf(graph), ""]));
    return `one more input, ${node.input?.at(-1)}`;
  }),
  swapped: onNode((node) => {
    node.input?.reverse();
    return "inputs the other way round";
  }),
  many: onNode((node, graph, random) => {
    const tensors = tensorsOf(graph);
    node.input = Array.from({ length: random.pick([9, 1000]) }, () => random.pick(tensors));
    return `${node.input.length} inputs`;
  }),
  outputs: onNode((node, _, random) => {
    const list = listOf(node, "output");
    random.pick([
      () => list.splice(0, 1),
      () => list.push("more"),
      () => list.push(list[0] ?? ""),
      () => list.reverse(),
      () => list.splice(0, 1, ""),
    ])();
    return `outputs [${list}]`;
  }),
  cycle: onNode((node, graph, random) => {
    const nodes = nodesOf(graph);
    const later = nodes.slice(nodes.indexOf(node));
    const from = random.pick(later).output?.[0] ?? "";
    listOf(node, "input")[0] = from;
    return `reads ${from}`;
  }),
  missingNode: (model, random) => {
    const nodes = nodesOf(graphOf(model, random));
    const [gone] = nodes.splice(random.below(nodes.length || 1), 1);
    return `${gone?.opType} ${gone?.name}`;
  },
  twice: onNode((node, graph, random) => {
    const again = { ...node, ...(random.once(2) && { output: [`${node.output?.[0]}_again`] }) };
    nodesOf(graph).splice(random.below(nodesOf(graph).length), 0, again);
    return "a second time";
  }),
  order: (model, random) => {
    nodesOf(graphOf(model, random)).reverse();
    return "nodes in reverse order";
  },
};
