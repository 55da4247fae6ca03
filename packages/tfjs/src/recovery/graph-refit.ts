import { encode } from "../format/encode.js";
import { createDraft, type Draft } from "../graph-model/cut/draft.js";
import type { TfNode } from "../graph-model/node.js";
import type { GraphModelSource } from "../graph-model/source.js";
import type { GraphModel } from "../model.js";
import type { GraphLinear } from "./graph-linears.js";
import type { Weights } from "./twin-net.js";

/** A layer's new weights; what is not given stays. */
export type GraphRefit = { readonly linear: GraphLinear } & Partial<Weights>;

/**
 * The model with other weights. They are stored in the number formats that were there; a bias where there was none, or where
 * others read the same, is a node or constant of its own, in float32.
 */
export function refitGraph(
  model: GraphModel,
  source: GraphModelSource,
  refits: readonly GraphRefit[],
): GraphModel {
  const draft = createDraft(model);
  const nodes = new Map(source.nodes.map((node) => [node.name, node]));
  for (const { linear, kernel, bias } of refits) {
    if (kernel) store(draft, model, { node: linear.node, input: 1 }, linear.weight, kernel, linear.kernel);
    if (!bias) continue;
    const { biasAt, ownBias } = linear;
    const shape = (linear.bias !== undefined && source.shapeOf(linear.bias)) || [bias.length];
    if (!biasAt) addBias(draft, source, nodes.get(linear.node) as TfNode, bias);
    else if (ownBias) store(draft, model, biasAt, linear.bias as string, bias, shape);
    else draft.setInput(biasAt.node, biasAt.input, floats(draft, `${linear.layer}/bias`, bias, shape));
  }
  return draft.finish();
}

/** Into the stored tensor, or into a new one in place of a computed one. */
function store(
  draft: Draft,
  model: GraphModel,
  at: { readonly node: string; readonly input: number },
  name: string,
  values: Float32Array,
  shape: readonly number[],
): void {
  const stored = draft.node(name)?.op === "Const" ? model.weights.get(name) : undefined;
  if (!stored) {
    draft.setInput(at.node, at.input, floats(draft, `${at.node}/refitted`, values, shape));
    return;
  }
  const { bytes, quantization } = encode(values, stored.entry);
  draft.replaceWeight(name, shape, bytes, quantization && { quantization });
}

const floats = (draft: Draft, base: string, values: Float32Array, shape: readonly number[]): string =>
  draft.constant(base, { shape, dtype: "float32" }, encode(values, {}).bytes);

/** A BiasAdd behind a node, which all that read the node read from now on. */
function addBias(draft: Draft, { nodes }: GraphModelSource, node: TfNode, bias: Float32Array): void {
  const tensor = node.outputs[0] as string;
  const added = draft.add({
    name: `${node.name}/BiasAdd`,
    op: "BiasAdd",
    input: [node.name, floats(draft, `${node.name}/bias`, bias, [bias.length])],
    attr: { T: { type: "DT_FLOAT" }, ...formatOf(node) },
  });
  for (const reader of nodes)
    reader.inputs.forEach((name, input) => {
      if (name === tensor) draft.setInput(reader.name, input, added);
    });
}

const formatOf = ({ def }: TfNode): NonNullable<TfNode["def"]["attr"]> =>
  def.attr?.data_format && /Conv/.test(def.op) ? { data_format: def.attr.data_format } : {};
