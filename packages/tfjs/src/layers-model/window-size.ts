import { add, type Dim, floorDivide, multiply } from "@prune/graph/advanced";
import type { LayerNode } from "./node.js";

/** A setting of a window for one spatial dim: one number for all of them, or one for each. */
function settingAt({ config }: LayerNode, name: string, at: number): number | undefined {
  const value = config[name] as number | readonly number[] | null | undefined;
  return typeof value === "number" ? value : (value?.[at] ?? undefined);
}

/** The two numbers of a margin: `[[top, bottom], [left, right]]`, or one list of both. */
function marginAt({ config }: LayerNode, name: string, at: number): number | undefined {
  const value = config[name] as readonly (readonly number[])[] | undefined;
  const pair = value?.[at];
  return Array.isArray(pair) ? (pair[0] as number) + (pair[1] as number) : undefined;
}

/** The size that a layer leaves of the `at`th spatial dim of open size, by its arithmetic; undefined where it can't say. */
export type WindowSize = (node: LayerNode, at: number, size: Dim) => Dim | undefined;

const isSame = ({ config }: LayerNode): boolean => config.padding === "same" || config.padding === "causal";

/** Of a window that slides over it; the setting says how long it is. Without strides a pool moves by its length. */
export const slid =
  (length: "kernelSize" | "poolSize"): WindowSize =>
  (node, at, size) => {
    const reach = settingAt(node, length, at);
    const stride = settingAt(node, "strides", at) ?? (length === "poolSize" ? reach : 1);
    if (reach === undefined || stride === undefined) return undefined;
    if (isSame(node)) return floorDivide(add(size, stride - 1), stride);
    const dilation = settingAt(node, "dilationRate", at) ?? 1;
    return add(floorDivide(add(size, -(reach - 1) * dilation - 1), stride), 1);
  };

/** Of a transposed convolution. */
export const spread: WindowSize = (node, at, size) => {
  const reach = settingAt(node, "kernelSize", at);
  const stride = settingAt(node, "strides", at);
  if (reach === undefined || stride === undefined) return undefined;
  return add(multiply(size, stride), isSame(node) ? 0 : Math.max(reach - stride, 0));
};

/** Of positions that are repeated. */
export const repeated: WindowSize = (node, at, size) => {
  const times = settingAt(node, "size", at);
  return times === undefined ? undefined : multiply(size, times);
};

/** Of a border that is put around or taken off. */
export const bordered =
  (setting: "padding" | "cropping"): WindowSize =>
  (node, at, size) => {
    const edges = marginAt(node, setting, at);
    return edges === undefined ? undefined : add(size, setting === "padding" ? edges : -edges);
  };
