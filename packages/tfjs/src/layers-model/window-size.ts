import { add, type Dim, floorDivide, multiply } from "@prune/graph";
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

const slides = /^(Conv[123]D|DepthwiseConv2D|SeparableConv2D|(Max|Average)Pooling[123]D)$/;

/**
 * The size that a layer leaves of an open spatial dim, the `at`th of them, as its arithmetic says; undefined for layers
 * of other kinds.
 */
export function windowSize(node: LayerNode, at: number, size: Dim): Dim | undefined {
  const { op, config } = node;
  const same = config.padding === "same" || config.padding === "causal";
  if (slides.test(op)) {
    const reach = settingAt(node, /Pooling/.test(op) ? "poolSize" : "kernelSize", at);
    const stride = settingAt(node, "strides", at) ?? (/Pooling/.test(op) ? reach : 1);
    if (reach === undefined || stride === undefined) return undefined;
    if (same) return floorDivide(add(size, stride - 1), stride);
    const dilation = settingAt(node, "dilationRate", at) ?? 1;
    return add(floorDivide(add(size, -(reach - 1) * dilation - 1), stride), 1);
  }
  if (/^Conv[23]DTranspose$/.test(op)) {
    const reach = settingAt(node, "kernelSize", at);
    const stride = settingAt(node, "strides", at);
    if (reach === undefined || stride === undefined) return undefined;
    return add(multiply(size, stride), same ? 0 : Math.max(reach - stride, 0));
  }
  if (op === "UpSampling2D") {
    const times = settingAt(node, "size", at);
    return times === undefined ? undefined : multiply(size, times);
  }
  const [margin, sign] =
    op === "ZeroPadding2D" ? ["padding", 1] : op === "Cropping2D" ? ["cropping", -1] : [];
  const edges = margin === undefined ? undefined : marginAt(node, margin, at);
  return edges === undefined ? undefined : add(size, edges * (sign as number));
}
