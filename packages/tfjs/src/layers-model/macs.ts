import { ownEntry, type Sizes } from "@prune/graph";
import { type LayerNode, weightInput } from "./node.js";

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

type Count = (sizes: Sizes, node: LayerNode) => number;

/** Sizes of a weight by the end of its name; empty where there is none. */
const weight = (sizes: Sizes, node: LayerNode, name: string, nth = 0): readonly number[] => {
  const input = weightInput(node, name, nth);
  return input === undefined ? [] : sizes.input(input);
};

/** Every output element sums over all but the last axis of the kernel. */
const kernel: Count = (sizes, node) =>
  total(sizes.output(0)) * total(weight(sizes, node, "kernel").slice(0, -1));

const transposed: Count = (sizes, node) =>
  total(sizes.input(0)) * total(weight(sizes, node, "kernel").slice(0, -1));

const depthwise: Count = (sizes, node) =>
  total(sizes.output(0)) * total(weight(sizes, node, "depthwise_kernel").slice(0, 2));

const separable: Count = (sizes, node) => {
  const places = total(sizes.output(0)) / Math.max(1, weight(sizes, node, "pointwise_kernel").at(-1) ?? 1);
  return (
    places * (total(weight(sizes, node, "depthwise_kernel")) + total(weight(sizes, node, "pointwise_kernel")))
  );
};

/** Both kernels of each direction and cell multiply once per step. */
const recurrent: Count = (sizes, node) => {
  const [batch = 1, steps = 1] = sizes.input(0);
  return batch * steps * kernels(sizes, node);
};

/** The same at every place of the output. */
const convLstm: Count = (sizes, node) => {
  const [batch = 1, steps = 1] = sizes.input(0);
  const filters = weight(sizes, node, "recurrent_kernel").at(-2) ?? 1;
  const places = total(sizes.output(0).slice(1)) / Math.max(1, filters);
  const perStep = node.config.returnSequences === true ? places / steps : places;
  return batch * steps * perStep * kernels(sizes, node);
};

/** Elements of all kernels of a recurrent layer. */
const kernels = (sizes: Sizes, node: LayerNode): number =>
  node.inputs.reduce((n, name, i) => {
    const isKernel = i >= node.arity && /\/(recurrent_)?kernel(#\d+)?$/.test(name);
    return isKernel ? n + total(sizes.input(i)) : n;
  }, 0);

const macs: Readonly<Record<string, Count>> = {
  Dense: kernel,
  Conv1D: kernel,
  Conv2D: kernel,
  Conv3D: kernel,
  Conv2DTranspose: transposed,
  Conv3DTranspose: transposed,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  LSTM: recurrent,
  GRU: recurrent,
  SimpleRNN: recurrent,
  Bidirectional: recurrent,
  RNN: recurrent,
  ConvLSTM2D: convLstm,
};

/** Multiply-accumulates of one call of a layer; layers that don't contract have none. */
export const layerMacs = (node: LayerNode, sizes: Sizes): number =>
  ownEntry(macs, node.op)?.(sizes, node) ?? 0;
