import { ownEntry } from "@prune/graph/advanced";
import { float, has, int, ints, type OnnxNode, text } from "../operators/node.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";
import type { Contraction, View } from "./view.js";

/** The smallest normal float32: runtimes may take smaller numbers for zero. */
const smallest = 2 ** -126;

const negligibleIn = (data: ArrayLike<number>, { negligible }: View): number => {
  let most = 0;
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i] as number));
  return Math.max(smallest, most * negligible);
};

export function contractionOf(node: OnnxNode, view: View): Contraction | undefined {
  const { contractions } = view;
  if (!contractions.has(node)) contractions.set(node, ownEntry(makers, node.op)?.(node, view));
  return contractions.get(node);
}

type Maker = (node: OnnxNode, view: View) => Contraction | undefined;

const makers: Readonly<Record<string, Maker>> = {
  Conv: (node, view) => convolution(node, view, false),
  ConvTranspose: (node, view) => convolution(node, view, true),
  Gemm: (node, view) => {
    const { source } = view;
    const matrix = floatsOf(source, node.inputs[1]);
    if (matrix?.shape.length !== 2 || source.isConstant(node.inputs[0] ?? "")) return undefined;
    if (int(node, "transA", 0) === 1) return undefined;
    const alpha = float(node, "alpha") ?? 1;
    const beta = float(node, "beta") ?? 1;
    const turned = int(node, "transB", 0) === 1;
    const outputs = matrix.shape[turned ? 0 : 1] as number;
    const bias = biasOf(source, node, outputs);
    return (
      bias &&
      product(
        node,
        matrix,
        turned,
        1,
        alpha,
        bias.values?.map((b) => b * beta),
        view,
      )
    );
  },
  MatMul: (node, view) => {
    const { source, rank } = view;
    const matrix = floatsOf(source, node.inputs[1]);
    const input = node.inputs[0] ?? "";
    if (matrix?.shape.length !== 2 || source.isConstant(input) || rank(input) < 1) return undefined;
    return product(node, matrix, false, rank(input) - 1, 1, undefined, view);
  },
};

function convolution(node: OnnxNode, view: View, transposed: boolean): Contraction | undefined {
  const { source } = view;
  const weights = floatsOf(source, node.inputs[1]);
  if (!weights || weights.shape.length < 3 || source.isConstant(node.inputs[0] ?? "")) return undefined;
  const groups = int(node, "group", 1);
  const [first, second, ...kernel] = weights.shape as [number, number, ...number[]];
  const outputs = transposed ? second * groups : first;
  const inputs = transposed ? first / groups : second;
  const taps = kernel.reduce((a, b) => a * b, 1);
  const bias = biasOf(source, node, outputs);
  if (!bias) return undefined;
  const auto = text(node, "auto_pad", "NOTSET");
  const stated = auto === "NOTSET" && (ints(node, "pads") ?? []).some((pad) => pad !== 0);
  const { data } = weights;
  const each = outputs / groups;
  return {
    node,
    input: node.inputs[0] as string,
    output: node.outputs[0] as string,
    inDim: 1,
    outDim: 1,
    outputs,
    inputs,
    groups,
    taps,
    padded: transposed || stated || (auto.startsWith("SAME") && taps > 1),
    bias: bias.values,
    negligible: negligibleIn(data, view),
    weight: transposed
      ? (o, i, tap) => data[((Math.floor(o / each) * inputs + i) * each + (o % each)) * taps + tap] as number
      : (o, i, tap) => data[(o * inputs + i) * taps + tap] as number,
  };
}

function product(
  node: OnnxNode,
  { shape, data }: Tensor,
  turned: boolean,
  dim: number,
  alpha: number,
  bias: readonly number[] | undefined,
  view: View,
): Contraction {
  const [rows, columns] = shape as [number, number];
  const [outputs, inputs] = turned ? [rows, columns] : [columns, rows];
  return {
    node,
    input: node.inputs[0] as string,
    output: node.outputs[0] as string,
    inDim: dim,
    outDim: dim,
    outputs,
    inputs,
    groups: 1,
    taps: 1,
    padded: false,
    bias,
    negligible: Math.abs(alpha) * negligibleIn(data, view),
    weight: turned
      ? (o, i) => alpha * (data[o * inputs + i] as number)
      : (o, i) => alpha * (data[i * outputs + o] as number),
  };
}

function floatsOf(source: OnnxSource, name: string | undefined): Tensor | undefined {
  if (!name || !source.isConstant(name)) return undefined;
  const tensor = source.value(name);
  return tensor?.dtype === "float32" ? tensor : undefined;
}

/** One number per output; undefined where a bias is not a stored one. */
function biasOf(
  source: OnnxSource,
  node: OnnxNode,
  outputs: number,
): { readonly values: number[] | undefined } | undefined {
  if (!has(node, 2)) return { values: undefined };
  const tensor = floatsOf(source, node.inputs[2]);
  if (!tensor) return undefined;
  const { data, shape } = tensor;
  if (data.length === 1) return { values: new Array(outputs).fill(data[0]) };
  return data.length === outputs && shape.at(-1) === outputs ? { values: Array.from(data) } : undefined;
}
