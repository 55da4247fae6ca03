import type { Graph, Model, Node, Weight } from "../model.js";
import { constantWeight } from "../read/constant-weight.js";

/** Stored floats behind a tensor, and whether the nodes between turn the matrix. */
export interface StoredMatrix {
  readonly weight: Weight;
  readonly turned: boolean;
  /** Nothing else reads the stored tensor or what is made of it on the way. */
  readonly alone: boolean;
}

/** How tensors of a graph are made and read. */
export interface Wiring {
  producer(tensor: string): Node | undefined;
  readers(tensor: string): readonly Node[];
  stored(tensor: string): Weight | undefined;
  isOutput(tensor: string): boolean;
}

/** Which nodes make and read each tensor of a model, and the contents of its Constant nodes, by tensor. */
export function wiringOf({ graph }: Model): Wiring {
  const producers = new Map<string, Node>();
  const readers = new Map<string, Node[]>();
  const constants = new Map<string, Weight>();
  for (const node of graph.nodes) {
    for (const name of node.outputs) if (name !== "") producers.set(name, node);
    for (const name of namesRead(node)) {
      const list = readers.get(name);
      if (list) list.push(node);
      else readers.set(name, [node]);
    }
    const weight = constantWeight(node);
    if (weight) constants.set(weight.name, weight);
  }
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  return {
    producer: (tensor) => producers.get(tensor),
    readers: (tensor) => readers.get(tensor) ?? [],
    stored: (tensor) => graph.initializers.get(tensor) ?? constants.get(tensor),
    isOutput: (tensor) => outputs.has(tensor),
  };
}

/** Names that a node reads, those inside its bodies included. */
function namesRead(node: Node): string[] {
  const names = [...node.inputs];
  const enter = (graph: Graph): void => {
    for (const inner of graph.nodes) names.push(...namesRead(inner));
    for (const { name } of graph.outputs) names.push(name);
  };
  for (const { kind, value } of node.attributes.values()) {
    if (kind === "graph") enter(value as Graph);
    if (kind === "graphs") (value as readonly Graph[]).forEach(enter);
  }
  return names.filter((name) => name !== "");
}

/** Follows Identity and Transpose of matrices back to stored values; undefined where there are none. */
export function storedMatrix(wiring: Wiring, tensor: string): StoredMatrix | undefined {
  let name = tensor;
  let turned = false;
  let alone = true;
  for (;;) {
    alone &&= wiring.readers(name).length === 1 && !wiring.isOutput(name);
    const weight = wiring.stored(name);
    if (weight) return isFloat(weight) ? { weight, turned, alone } : undefined;
    const node = wiring.producer(name);
    if (node?.op === "Transpose") {
      const perm = node.attributes.get("perm");
      if (perm?.kind === "ints" && perm.value.join() !== "1,0") return undefined;
      turned = !turned;
    } else if (node?.op !== "Identity") return undefined;
    name = node.inputs[0] ?? "";
  }
}

export const isFloat = ({ dtype }: Weight): boolean => dtype === "float32" || dtype === "float16";
