import type { Graph, Model, Node } from "../model.js";
import { subgraphs } from "../order.js";
import { isRandom } from "./operators.js";

/** Whether a model draws new numbers in each run, also inside branches and bodies. */
export const draws = ({ graph }: Pick<Model, "graph">): boolean => inGraph(graph);

const inGraph = ({ nodes }: Graph): boolean => nodes.some(inNode);
const inNode = (node: Node): boolean => isRandom(node) || subgraphs(node).some(inGraph);
