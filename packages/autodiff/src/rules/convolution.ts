import type { GradientKit } from "../graph/kit.js";
import { Unemitted } from "../graph/kit.js";
import { perChannel } from "./normalization.js";
import type { GradientNode, GradientRules } from "./step.js";
import { scatter, weightGradient, windowOf } from "./window.js";

export const convolution: GradientRules = {
  Conv(n, k) {
    const group = n.int("group", 1);
    const window = windowOf(n, k, kernelOf(n, k), n.a, n.y);
    return [
      () => scatter(k, n.dy, n.b, window, group, n.a, n.y),
      () => weightGradient(k, n.a, n, window, group, channels(n, k, n.a)),
      () => biasGradient(n, k),
    ];
  },
  ConvTranspose(n, k) {
    const group = n.int("group", 1);
    const window = windowOf(n, k, kernelOf(n, k), n.y, n.a);
    const { kernel, strides, dilations, before, behind } = window;
    const pads = [...before, ...behind];
    return [
      () => {
        const made = k.emit("Conv", [n.dy, n.b], { kernel_shape: kernel, strides, dilations, pads, group });
        const more = n.ints("output_padding")?.some((size, dim) => size >= (strides[dim] as number));
        return more
          ? k.slice(
              made,
              kernel.map(() => 0),
              tail(k, n.a),
              kernel.map((_, dim) => dim + 2),
            )
          : made;
      },
      () => weightGradient(k, n.dy, { y: n.a, dy: n.a }, window, group, channels(n, k, n.y)),
      () => biasGradient(n, k),
    ];
  },
};

function tail(k: GradientKit, tensor: string): readonly number[] {
  const sizes = k.shape(tensor)?.slice(2);
  if (!sizes?.every((size) => typeof size === "number"))
    throw new Unemitted("its output padding exceeds its strides");
  return sizes as readonly number[];
}

const biasGradient = (n: GradientNode, k: GradientKit): string => perChannel(k, n.dy, n.rank(n.y));

function kernelOf(n: GradientNode, k: GradientKit): readonly number[] {
  const kernel = n.ints("kernel_shape") ?? k.shape(n.b)?.slice(2);
  if (!kernel?.every((size) => typeof size === "number"))
    throw new Unemitted("the size of its kernel is known only at run time");
  return kernel as readonly number[];
}

function channels(n: GradientNode, k: GradientKit, tensor: string): number {
  const size = k.shape(tensor)?.[1];
  if (typeof size === "number") return size;
  const [first, second] = k.shape(n.b) ?? [];
  const group = n.int("group", 1);
  const found =
    n.node.op === "Conv" ? Number(second) * group : tensor === n.y ? Number(second) * group : Number(first);
  if (Number.isNaN(found)) throw new Unemitted("the number of its channels is known only at run time");
  return found;
}
