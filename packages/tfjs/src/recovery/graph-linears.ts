import type { Skipped } from "@prune/recovery";
import { graphLinears, windowOf } from "../activations/graph-linears.js";
import type { LinearCall } from "../activations/linear.js";
import { channelDim, type TfNode, texts } from "../graph-model/node.js";
import type { GraphModelSource } from "../graph-model/source.js";
import { type Clip, type Linear, relu, relu6, sizesOf } from "./linear.js";
import { readersOf } from "./readers.js";

/** Where a GraphModel's linear layer lies: its bias may be of its own node or of one that follows. */
export interface GraphLinear extends Linear {
  readonly node: string;
  /** The node and input that read the bias. */
  readonly biasAt: { readonly node: string; readonly input: number } | undefined;
  /** Nothing else reads the bias. */
  readonly ownBias: boolean;
}

/** What of a GraphModel can be refitted, and why the rest can't. */
export function linearsOf(source: GraphModelSource): {
  readonly linears: readonly GraphLinear[];
  readonly others: readonly Skipped[];
} {
  const { nodes, isConstant, shapeOf } = source;
  const calls = new Map(graphLinears(source).map((call) => [call.layer, call]));
  const readers = readersOf(nodes);
  const outputs = new Set(source.outputs);
  const others: Skipped[] = [];
  const linears = nodes.flatMap((node): GraphLinear[] => {
    const layer = node.outputs[0] as string;
    const skip = (reason: string): [] => {
      others.push({ layer, reason });
      return [];
    };
    const call = calls.get(layer) ?? depthwiseOf(node, source);
    if (isConstant(layer)) return [];
    if (!call)
      return multiplies.test(node.op) && node.inputs.some(isConstant)
        ? skip(`${node.op} is not refitted`)
        : [];
    if ((readers.get(call.weight)?.length ?? 0) > 1 || outputs.has(call.weight))
      return skip("several nodes read its weights");
    const depthwise = /Depthwise/.test(node.op);
    const base = { ...call, depthwise, node: node.name, clip: undefined };
    const own = (tensor: string): boolean => readers.get(tensor)?.length === 1 && !outputs.has(tensor);
    if (/^_?Fused/.test(node.op)) {
      const fused = texts(node, "fused_ops");
      const [first, ...rest] = fused;
      if (first !== "BiasAdd" || rest.length > 1) return skip(`${fused.join(" and ")} is part of it`);
      const bias = node.inputs[2] as string;
      const biasAt = { node: node.name, input: 2 };
      const [activation] = rest;
      const sums = activation === undefined ? layer : undefined;
      return [{ ...base, bias, biasAt, ownBias: own(bias), clip: clips[activation ?? ""], sums }];
    }
    const [next, ...more] = readers.get(layer) ?? [];
    const alone = next && more.length === 0 && !outputs.has(layer);
    const input = alone
      ? biasInput(next.node, layer, { ...base, bias: undefined, sums: layer }, source)
      : undefined;
    if (!alone || input === undefined) {
      if (outputs.has(layer)) return skip("it has no bias, and its output is the model's");
      return [{ ...base, bias: undefined, biasAt: undefined, ownBias: false, sums: layer }];
    }
    const bias = next.node.inputs[input] as string;
    const biasAt = { node: next.node.name, input };
    return [{ ...base, bias, biasAt, ownBias: own(bias), sums: next.node.outputs[0] as string }];
  });
  return { linears, others };

  function depthwiseOf(node: TfNode, { shapeOf: shape }: GraphModelSource): LinearCall | undefined {
    const [input, weight] = node.inputs as [string, string | undefined];
    const kernel = weight === undefined ? undefined : shape(weight);
    if (!/^(Fused)?DepthwiseConv2dNative$/.test(node.op) || !kernel || weight === undefined) return undefined;
    const channelsFirst = channelDim(node, 4) === 1;
    return {
      layer: node.name,
      input,
      weight,
      kernel,
      turned: false,
      window: windowOf(node, kernel),
      channelsFirst,
    };
  }

  /** Which input of a node is a bias by channel, added to a layer's sums. */
  function biasInput(node: TfNode, sums: string, linear: Linear, of: GraphModelSource): number | undefined {
    if (!/^(BiasAdd|Add|AddV2)$/.test(node.op)) return undefined;
    const input = node.inputs[0] === sums ? 1 : 0;
    const name = node.inputs[input];
    const sizes = name !== undefined && of.isConstant(name) ? shapeOf(name) : undefined;
    const { groups, outputs: each } = sizesOf(linear);
    return sizes && isByChannel(sizes, groups * each, linear, node.op) ? input : undefined;
  }
}

/** Whether a constant's values are one per channel when it is broadcast to an activation. */
export function isByChannel(
  sizes: readonly number[],
  channels: number,
  { channelsFirst, window }: Pick<Linear, "channelsFirst" | "window">,
  op: string,
): boolean {
  if (sizes.reduce((a, b) => a * b, 1) !== channels) return false;
  const behind = channelsFirst && op !== "BiasAdd" ? (window?.kernel.length ?? 0) : 0;
  return sizes[sizes.length - 1 - behind] === channels;
}

const clips: Readonly<Record<string, Clip>> = { Relu: relu, Relu6: relu6 };

const multiplies = /Conv|MatMul|Einsum/;
