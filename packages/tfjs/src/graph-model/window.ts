import { add, type Dim, floorDivide } from "@prune/graph/advanced";
import { int, ints, type TfNode, text } from "./node.js";

/** Sizes that a sliding window leaves of spatial dims, all in the order of those dims. */
export function windowOutput(
  node: TfNode,
  dims: readonly number[],
  spatial: readonly Dim[],
  kernel: readonly number[],
): Dim[] {
  const strides = ints(node, "strides");
  const dilations = ints(node, "dilations");
  const pads = ints(node, "explicit_paddings") ?? [];
  const padding = text(node, "padding", "VALID");
  return spatial.map((size, i) => {
    const dim = dims[i] as number;
    const stride = strides?.[dim] ?? int(node, "stride", 1);
    if (padding === "SAME") return floorDivide(add(size, stride - 1), stride);
    const reach = (dilations?.[dim] ?? 1) * ((kernel[i] as number) - 1) + 1;
    const pad = padding === "EXPLICIT" ? (pads[2 * dim] ?? 0) + (pads[2 * dim + 1] ?? 0) : 0;
    return add(floorDivide(add(size, pad - reach), stride), 1);
  });
}
