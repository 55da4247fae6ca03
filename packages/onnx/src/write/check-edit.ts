import { OnnxError } from "../errors.js";
import type { Graph, GraphEdit } from "../model.js";
import { definitions } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";

/** Throws unless everything that an edit names is there, and everything that it adds is not. */
export function checkEdit(graph: Graph, edit: GraphEdit): void {
  const unknown = (what: string, name: string | number): OnnxError =>
    new OnnxError("unknown-edit", { what, name: String(name) });
  const constants = new Set(
    graph.nodes.filter((node) => constantWeight(node)).map(({ outputs }) => outputs[0]),
  );
  for (const name of edit.tensors.keys()) {
    if (!graph.initializers.has(name) && !constants.has(name)) throw unknown("tensor", name);
  }
  for (const name of edit.droppedInitializers)
    if (!graph.initializers.has(name)) throw unknown("initializer", name);
  for (const index of edit.nodes.keys()) if (graph.nodes[index] === undefined) throw unknown("node", index);
  for (const { before } of edit.inserted) {
    if (!(before >= 0 && before <= graph.nodes.length)) throw unknown("position", before);
  }
  const ends = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
  for (const name of edit.resized?.keys() ?? []) if (!ends.has(name)) throw unknown("input or output", name);
  const names = definitions(graph);
  for (const { name } of edit.added) {
    if (names.has(name)) throw new OnnxError("name-taken", { tensor: name });
    names.add(name);
  }
}
