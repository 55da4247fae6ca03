import { type Dim, followGraph, shapeOf } from "@prune/graph/advanced";
import type { Model, Node, Weight } from "../model.js";
import { rules } from "../operators/operators.js";
import { order } from "../order.js";
import type { DataType, Tensor } from "../tensor.js";
import { onnxSource } from "./source.js";
import { elementTypes } from "./types.js";

/** What is known of a model's tensors without running it. */
export interface TensorFacts {
  /** All nodes, each after what it reads. */
  readonly nodes: readonly Node[];
  /** Sizes, or symbols where they are known only at run time; undefined where not even the rank is known. */
  shape(name: string): readonly Dim[] | undefined;
  type(name: string): DataType | undefined;
  /** Contents of a constant, computed where need be. */
  value(name: string): Tensor | undefined;
  isConstant(name: string): boolean;
  /** Stored values by initializer name or by output name of a Constant node. */
  weight(name: string): Weight | undefined;
}

/** Shapes, types and constants of a model's tensors. */
export function tensorFacts(model: Model): TensorFacts {
  const source = onnxSource(model, rules);
  const { tensor } = followGraph(source);
  const { nodes } = model.graph;
  const shape = (name: string): readonly Dim[] | undefined => {
    const layout = tensor(name)?.layout;
    return layout ? shapeOf(layout) : source.stated(name);
  };
  return {
    nodes: order(model.graph).map((index) => nodes[index] as Node),
    shape,
    type: elementTypes(model.graph, (name) => source.weight(name)?.dtype),
    value: (name) => source.value(name),
    isConstant: (name) => source.isConstant(name),
    weight: (name) => source.weight(name),
  };
}
