import { elementTypes } from "../mask/tensor-types.js";
import type { Model, Node } from "../model.js";
import { implicitInputs, order } from "../order.js";
import { isFloating } from "../read/element-types.js";
import { decidesOn, isRandom, rounds, tellsSize } from "./operators.js";

/**
 * Tensors that split a model where it jumps. Given the same values there, two ways of computing the model take the
 * same decisions, and rounding doesn't grow through what saturates; all that lies between them is computed smoothly.
 */
export interface Anchors {
  /** In the order in which the model makes them: what reaches an operator that jumps or an output, before what saturates. */
  readonly tensors: readonly string[];
  /** What the model draws at random. */
  readonly random: readonly string[];
  /** Something compares, ranks or rounds what the model computes, or is drawn at random. */
  readonly jumps: boolean;
  /** Outputs that follow from these tensors and from the inputs without rounding. */
  readonly settled: readonly string[];
}

/** exact: the same bits however it is computed; stored: rounded, but of no input; made: rounded, and of inputs. */
type Status = "exact" | "stored" | "made";

/** Finds where a model has to be split; nothing is found in one that neither jumps nor saturates. */
export function anchorsOf(model: Model): Anchors {
  const { graph } = model;
  const sorted = order(graph).map((index) => graph.nodes[index] as Node);
  const types = elementTypes(model);
  const { statusOf, producers } = follow(model, sorted);
  const isMade = (name: string): boolean => statusOf(name) === "made";

  const anchors = new Set<string>();
  const seen = new Set<string>();
  const open: string[] = [];
  const walk = (name: string): void => {
    if (name === "" || seen.has(name) || !isMade(name)) return;
    seen.add(name);
    open.push(name);
  };
  for (const node of sorted) {
    const places = decidesOn(node);
    for (const i of places) if (isFloating(types.get(node.inputs[i] ?? ""))) walk(node.inputs[i] as string);
    if (places.length > 0)
      for (const name of implicitInputs(node)) if (isFloating(types.get(name))) walk(name);
  }
  const jumps = open.length > 0 || sorted.some(isRandom);
  for (const { name } of graph.outputs) {
    const producer = producers.get(name);
    if (producer && !rounds(producer)) walk(name);
  }
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = producers.get(name) as Node;
    if (isRandom(node)) continue;
    if (isFloating(types.get(name)) && (rounds(node) || joins(node, statusOf))) anchors.add(name);
    else for (const input of readBy(node)) walk(input);
  }
  return {
    jumps,
    tensors: sorted.flatMap(({ outputs }) => outputs.filter((name) => anchors.has(name))),
    settled: graph.outputs.flatMap(({ name }) => (anchors.has(name) || !seen.has(name) ? [] : [name])),
    random: sorted.filter(isRandom).flatMap(({ outputs }) => outputs.slice(0, 1)),
  };
}

/** Sums of several rounded terms are on a scale of their own; so is what a rounded stored value joins. */
const joins = (node: Node, statusOf: (name: string) => Status): boolean =>
  node.inputs.some((name) => statusOf(name) === "stored") ||
  ((node.op === "Add" || node.op === "Sum") &&
    node.inputs.filter((name) => statusOf(name) === "made").length > 1);

const readBy = (node: Node): string[] => [...node.inputs, ...implicitInputs(node)];

function follow(
  { graph }: Model,
  sorted: readonly Node[],
): { readonly statusOf: (name: string) => Status; readonly producers: ReadonlyMap<string, Node> } {
  const status = new Map<string, Status>();
  const varying = new Set(
    graph.inputs.filter(({ name }) => !graph.initializers.has(name)).map(({ name }) => name),
  );
  const producers = new Map<string, Node>();
  for (const node of sorted) {
    const inputs = readBy(node).filter((name) => name !== "");
    const varies = isRandom(node) || (!tellsSize(node) && inputs.some((name) => varying.has(name)));
    const rounded = isRandom(node) || rounds(node) || inputs.some((name) => status.has(name));
    for (const name of node.outputs) {
      if (name === "") continue;
      producers.set(name, node);
      if (varies) varying.add(name);
      if (rounded && !tellsSize(node) && node.op !== "Constant" && inputs.length + Number(varies) > 0)
        status.set(name, varies ? "made" : "stored");
    }
  }
  return { statusOf: (name) => status.get(name) ?? "exact", producers };
}
