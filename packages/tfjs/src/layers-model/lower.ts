import {
  type Config,
  isModel,
  type LiveLayer,
  type LiveModel,
  type LiveShape,
  type LiveTensor,
  type LiveVariable,
} from "./live.js";
import type { LayerNode } from "./node.js";

/** A model's calls of layers in order, nested models opened, and its weights by name. */
export interface Lowered {
  readonly nodes: readonly LayerNode[];
  readonly inputs: readonly { readonly name: string; readonly tensor: LiveTensor }[];
  readonly outputs: readonly string[];
  readonly variables: ReadonlyMap<string, LiveVariable>;
  /** Shapes of what the calls make, by name; null for sizes that are left open. */
  readonly shapes: ReadonlyMap<string, LiveShape>;
  /** Calls of models inside the model, with what they read. */
  readonly nested: readonly { readonly model: LiveModel; readonly inputs: readonly string[] }[];
}

export function lower(model: LiveModel): Lowered {
  const nodes: LayerNode[] = [];
  const taken = new Map<string, number>();
  const variables = new Map<string, LiveVariable>();
  const nameOf = new Map<LiveVariable, string>();
  const shapes = new Map<string, LiveShape>();
  const nested: Lowered["nested"][number][] = [];

  const unique = (base: string): string => {
    const n = (taken.get(base) ?? 0) + 1;
    taken.set(base, n);
    return n === 1 ? base : `${base}#${n}`;
  };
  const weightName = (variable: LiveVariable): string => {
    const known = nameOf.get(variable);
    if (known) return known;
    let name = variable.originalName;
    for (let n = 2; variables.has(name); n++) name = `${variable.originalName}#${n}`;
    variables.set(name, variable);
    nameOf.set(variable, name);
    return name;
  };
  const emit = (
    name: string,
    op: string,
    layer: LiveLayer,
    inputs: readonly string[],
    count = 1,
  ): string[] => {
    const outputs = Array.from({ length: count }, (_, i) => (i === 0 ? name : `${name}:${i}`));
    const weights = op.startsWith("@") ? [] : layer.weights.map(weightName);
    const config: Config = layer.getConfig();
    nodes.push({ name, op, layer, config, arity: inputs.length, inputs: [...inputs, ...weights], outputs });
    return outputs;
  };

  const container = (of: LiveModel, given: readonly string[], path: string): string[] => {
    const known = new Map<number, string>();
    of.inputs.forEach((tensor, i) => {
      known.set(tensor.id, given[i] as string);
    });
    const resolve = (tensor: LiveTensor): string => {
      const name = known.get(tensor.id);
      if (name !== undefined) return name;
      const call = tensor.sourceLayer.inboundNodes[tensor.nodeIndex];
      const inputs = call?.inputTensors.map(resolve) ?? [];
      const made = called(tensor.sourceLayer, inputs, path, call?.outputTensors.length ?? 1);
      call?.outputTensors.forEach((output, i) => {
        known.set(output.id, made[i] as string);
        shapes.set(made[i] as string, output.shape);
      });
      return known.get(tensor.id) as string;
    };
    return of.outputs.map(resolve);
  };

  const called = (layer: LiveLayer, inputs: readonly string[], path: string, count: number): string[] => {
    if (isModel(layer)) {
      nested.push({ model: layer, inputs });
      return container(layer, inputs, `${path}${layer.name}/`);
    }
    const name = unique(`${path}${layer.name}`);
    const inner = layer.layer;
    if (layer.getClassName() !== "TimeDistributed" || !inner || isModel(inner))
      return emit(name, layer.getClassName(), layer, inputs, count);
    const merged = emit(`${name}/merged`, "@mergeTime", layer, inputs);
    const applied = emit(`${name}/${inner.name}`, inner.getClassName(), inner, merged);
    return emit(name, "@splitTime", layer, [...applied, ...inputs]);
  };

  // Tensors are numbered on in every copy of a model; layers are not.
  const names = model.inputs.map(({ sourceLayer }) => sourceLayer.name);
  const outputs = container(model, names, "");
  return {
    nodes,
    inputs: model.inputs.map((tensor, i) => ({ name: names[i] as string, tensor })),
    outputs,
    variables,
    shapes,
    nested,
  };
}
