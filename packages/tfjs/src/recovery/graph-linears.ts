import { type Clip, relu, relu6, type Skipped } from "@prune/recovery/advanced";
import { graphLinears, windowOf } from "../activations/graph-linears.js";
import type { LinearCall } from "../activations/linear.js";
import { channelDim, type TfNode, texts } from "../graph-model/node.js";
import type { GraphModelSource } from "../graph-model/source.js";
import { type Linear, sizesOf } from "./linear.js";
import { readersOf } from "./readers.js";

/** Where a GraphModel's linear layer lies: its bias may be of its own node or of one that follows. */
export interface GraphLinear extends Linear {
  readonly node: string;
  /** The node and input that read the bias. */
  readonly biasAt: { readonly node: string; readonly input: number } | undefined;
  /** Nothing else reads the bias. */
  readonly ownBias: boolean;
}

interface Linears {
  readonly linears: readonly GraphLinear[];
  readonly others: readonly Skipped[];
}

/** What of a GraphModel can be refitted, and why the rest can't. */
export function linearsOf(source: GraphModelSource): Linears {
  const { nodes, isConstant } = source;
  const calls = new Map(graphLinears(source).map((call) => [call.layer, call]));
  const readers = readersOf(nodes);
  const outputs = new Set(source.outputs);
  const isReadOnce = (tensor: string): boolean => readers.get(tensor)?.length === 1 && !outputs.has(tensor);
  const others: Skipped[] = [];
  const linears = nodes.flatMap((node): GraphLinear[] => {
    const layer = node.outputs[0] as string;
    const skip = (reason: string): [] => {
      others.push({ layer, reason });
      return [];
    };
    if (isConstant(layer)) return [];
    const call = calls.get(layer) ?? depthwiseOf(source, node);
    if (!call)
      return /Conv|MatMul|Einsum/.test(node.op) && node.inputs.some(isConstant)
        ? skip(`${node.op} is not refitted`)
        : [];
    if (!isReadOnce(call.weight)) return skip("several nodes read its weights");
    const own = { ...call, depthwise: /Depthwise/.test(node.op), node: node.name, clip: undefined };
    if (/^_?Fused/.test(node.op)) {
      const [first, activation, ...rest] = texts(node, "fused_ops");
      if (first !== "BiasAdd" || rest.length > 0)
        return skip(`${texts(node, "fused_ops").join(" and ")} is part of it`);
      const bias = node.inputs[2] as string;
      const biasAt = { node: node.name, input: 2 };
      const behind = { clip: clips[activation ?? ""], sums: activation === undefined ? layer : undefined };
      return [{ ...own, ...behind, bias, biasAt, ownBias: isReadOnce(bias) }];
    }
    const bare: GraphLinear = { ...own, bias: undefined, biasAt: undefined, ownBias: false, sums: layer };
    const next = isReadOnce(layer) ? readers.get(layer)?.[0]?.node : undefined;
    const input = next && biasInput(source, next, bare);
    if (input === undefined)
      return outputs.has(layer) ? skip("it has no bias, and its output is the model's") : [bare];
    const bias = next?.inputs[input] as string;
    const biasAt = { node: next?.name as string, input };
    return [{ ...bare, bias, biasAt, ownBias: isReadOnce(bias), sums: next?.outputs[0] as string }];
  });
  return { linears, others };
}

function depthwiseOf({ shapeOf }: GraphModelSource, node: TfNode): LinearCall | undefined {
  const [input, weight] = node.inputs as [string, string | undefined];
  const kernel = weight === undefined ? undefined : shapeOf(weight);
  if (!/^(Fused)?DepthwiseConv2dNative$/.test(node.op) || weight === undefined || !kernel) return undefined;
  const channelsFirst = channelDim(node, 4) === 1;
  const window = windowOf(node, kernel);
  return { layer: node.name, input, weight, kernel, turned: false, window, channelsFirst };
}

/** Which input of a node is a constant of one value per channel, added to a layer's sums. */
function biasInput(
  { isConstant, shapeOf }: GraphModelSource,
  node: TfNode,
  linear: Linear,
): number | undefined {
  if (!/^(BiasAdd|Add|AddV2)$/.test(node.op)) return undefined;
  const input = node.inputs[0] === linear.sums ? 1 : 0;
  const name = node.inputs[input];
  const sizes = name !== undefined && isConstant(name) ? shapeOf(name) : undefined;
  const { groups, outputs } = sizesOf(linear);
  const { channelsFirst, window } = linear;
  const behind = channelsFirst && node.op !== "BiasAdd" ? (window?.kernel.length ?? 0) : 0;
  const isByChannel =
    sizes?.reduce((a, b) => a * b, 1) === groups * outputs &&
    sizes[sizes.length - 1 - behind] === groups * outputs;
  return isByChannel ? input : undefined;
}

const clips: Readonly<Record<string, Clip>> = { Relu: relu, Relu6: relu6 };
