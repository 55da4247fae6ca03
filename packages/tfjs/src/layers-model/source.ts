import type { GraphSource } from "@prune/graph";
import { type Dim, ownEntry, symbol } from "@prune/graph/advanced";
import type { TfSource } from "../source.js";
import { dutyOf } from "./layers/layers.js";
import type { LiveModel, LiveShape } from "./live.js";
import { type Lowered, lower } from "./lower.js";
import type { LayerNode, LayerRules } from "./node.js";

/** A LayersModel as the core sees it. */
export interface LayersModelSource extends GraphSource<LayerNode>, TfSource {
  readonly lowered: Lowered;
}

export function layersModelSource(model: LiveModel, rules: LayerRules): LayersModelSource {
  const lowered = lower(model);
  const { variables } = lowered;
  const shape = (name: string): readonly number[] | undefined =>
    variables.get(name)?.shape as readonly number[] | undefined;
  return {
    lowered,
    nodes: lowered.nodes,
    inputs: lowered.inputs.map(({ name, tensor }) => ({
      name,
      shape: sizesOf(name, tensor.shape),
    })),
    outputs: lowered.outputs,
    parameter: shape,
    isConstant: (name) => variables.has(name),
    isIndex: (name) => variables.get(name)?.read().dtype !== "float32" && variables.has(name),
    integers: () => undefined,
    reals: () => undefined,
    computed: () => undefined,
    isComputable: () => false,
    stated(name) {
      const own = lowered.shapes.get(name);
      return own && sizesOf(name, own);
    },
    rule: (node) => ownEntry(rules, node.op),
    duty: dutyOf,
    weight(name) {
      const own = shape(name);
      return own && { shape: own, dtype: "float32", elementBytes: 4 };
    },
    values: (name) => variables.get(name)?.read().dataSync(),
    shapeOf: shape,
  };
}

/** A shape with symbols for what is left open; all batches are the same. */
const sizesOf = (name: string, shape: LiveShape): Dim[] =>
  shape.map((size, d) => size ?? symbol(d === 0 ? "batch" : `${name}.${d}`));
