import type { Sizes } from "@prune/graph/advanced";
import { type LayerNode, weightInput } from "../node.js";
import type { Macs } from "./record.js";

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Sizes of a weight by the end of its name; empty where there is none. */
const weight = (sizes: Sizes, node: LayerNode, name: string, nth = 0): readonly number[] => {
  const input = weightInput(node, name, nth);
  return input === undefined ? [] : sizes.input(input);
};

/** Every output element sums over all but the last axis of the kernel. */
export const kernelMacs: Macs = (sizes, node) =>
  total(sizes.output(0)) * total(weight(sizes, node, "kernel").slice(0, -1));

/** Every input element meets a filter of all outputs. */
export const transposedMacs: Macs = (sizes, node) =>
  total(sizes.input(0)) * total(weight(sizes, node, "kernel").slice(0, -1));

/** Every output element sums over one channel's kernel. */
export const depthwiseMacs: Macs = (sizes, node) =>
  total(sizes.output(0)) * total(weight(sizes, node, "depthwise_kernel").slice(0, 2));

/** Both kernels at every place. */
export const separableMacs: Macs = (sizes, node) => {
  const places = total(sizes.output(0)) / Math.max(1, weight(sizes, node, "pointwise_kernel").at(-1) ?? 1);
  return (
    places * (total(weight(sizes, node, "depthwise_kernel")) + total(weight(sizes, node, "pointwise_kernel")))
  );
};

/** Both kernels of each direction and cell multiply once per step. */
export const recurrentMacs: Macs = (sizes, node) => {
  const [batch = 1, steps = 1] = sizes.input(0);
  return batch * steps * kernels(sizes, node);
};

/** The same at every place of the output. */
export const convLstmMacs: Macs = (sizes, node) => {
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
