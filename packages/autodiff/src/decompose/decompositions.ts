import { type GradientKit, Unemitted } from "../graph/kit.js";
import { alongChannels } from "../rules/normalization.js";
import { from, fromFront } from "../rules/step.js";
import { attention } from "./attention.js";
import type { Decomposition, Fused } from "./decomposition.js";
import { gridSample } from "./grid-sample.js";
import { recurrent } from "./recurrent.js";

/** Operators that are written as plainer ones before they are differentiated. */
export const decompositions: Readonly<Record<string, Decomposition>> = {
  ...recurrent,
  ...attention,
  GridSample: gridSample,
  GroupNormalization(n, k) {
    const [rank, groups] = [n.rank(n.a), n.int("num_groups", 1)];
    const grouped = k.reshape(n.a, [0, groups, -1]);
    const normal = k.reshape(standardised(k, grouped, [2], n.float("epsilon", 1e-5)), k.sizes(n.a));
    const scaled = (vector: string): string => {
      if (k.opset >= 21 || k.shape(vector)?.[0] !== groups) return alongChannels(k, vector, rank);
      // Before opset 21 there is one number per group.
      const channels = k.shape(n.a)?.[1];
      if (typeof channels !== "number")
        throw new Unemitted("the number of its channels is known only at run time");
      const spread = k.expand(k.reshape(vector, [groups, 1]), [groups, channels / groups]);
      return alongChannels(k, k.reshape(spread, [channels]), rank);
    };
    return [k.add(k.mul(normal, scaled(n.b)), scaled(n.c))];
  },
  SwiGLU(n, k) {
    const alpha = n.float("alpha", 1);
    const gate = k.emit("Sigmoid", [alpha === 1 ? n.a : k.mul(n.a, alpha)]);
    return [k.mul(k.mul(n.a, gate), n.b)];
  },
  MeanVarianceNormalization: (n, k) => [standardised(k, n.a, n.ints("axes") ?? [0, 2, 3], 1e-9)],
  LpNormalization(n, k) {
    const axes = [fromFront(n.int("axis", -1), n.rank(n.a))];
    const op = n.int("p", 2) === 1 ? "ReduceL1" : "ReduceL2";
    return [k.div(n.a, reduced(k, op, n.a, axes))];
  },
  LRN(n, k) {
    const size = n.int("size", 1);
    const line = k.reshape(k.square(n.a), [0, 1, Number(k.shape(n.a)?.[1]), -1]);
    const before = Math.floor((size - 1) / 2);
    const pads = [before, 0, size - 1 - before, 0];
    const means = k.emit("AveragePool", [line], { kernel_shape: [size, 1], pads, count_include_pad: 1 });
    const power = k.reshape(means, k.sizes(n.a));
    const base = k.add(k.mul(power, n.float("alpha", 1e-4)), n.float("bias", 1));
    return [k.mul(n.a, k.pow(base, -n.float("beta", 0.75)))];
  },
  LpPool(n, k) {
    const [p, kernel] = [n.int("p", 2), n.ints("kernel_shape") as readonly number[]];
    const { p: _, ...attributes } = n.attributes;
    const powers = k.pow(k.emit("Abs", [n.a]), p);
    const means = k.emit("AveragePool", [powers], { ...attributes, count_include_pad: 1 });
    return [
      k.pow(
        k.mul(
          means,
          kernel.reduce((a, b) => a * b, 1),
        ),
        1 / p,
      ),
    ];
  },
  GlobalLpPool(n, k) {
    const p = n.int("p", 2);
    return [k.pow(k.sum(k.pow(k.emit("Abs", [n.a]), p), from(2, n.rank(n.a))), 1 / p)];
  },
  "com.microsoft:SkipLayerNormalization": skip("LayerNormalization", 3, 4),
  "com.microsoft:SkipSimplifiedLayerNormalization": skip("SimplifiedLayerNormalization", -1, 3),
  "com.microsoft:FusedConv"(n, k) {
    if (n.has(3)) throw new Unemitted("it adds another tensor");
    const {
      activation,
      activation_params: _,
      ...attributes
    } = n.attributes as Record<string, { string?: string } & number>;
    const made = k.emit("Conv", n.inputs.slice(0, 3), attributes);
    return [activation?.string === undefined ? made : k.emit(activation.string, [made])];
  },
  DequantizeLinear(n, k) {
    if (n.int("block_size", 0) > 0) throw new Unemitted("its scales are by block");
    const rank = n.rank(n.a);
    const axis = fromFront(n.int("axis", 1), rank);
    const beside = (tensor: string, stored: string): string =>
      n.rank(stored) === 0 || rank <= 1
        ? tensor
        : k.reshape(
            tensor,
            from(0, rank).map((dim) => (dim === axis ? -1 : 1)),
          );
    const type = k.type(n.b);
    const values = k.cast(n.a, type);
    const centred = n.has(2) ? k.sub(values, beside(k.cast(n.c, type), n.c)) : values;
    return [k.mul(centred, beside(n.b, n.b))];
  },
};

function standardised(k: GradientKit, x: string, axes: readonly number[], epsilon: number): string {
  const centred = k.sub(x, k.mean(x, axes));
  return k.div(centred, k.emit("Sqrt", [k.add(k.mean(k.square(centred), axes), epsilon)]));
}

const reduced = (k: GradientKit, op: string, x: string, axes: readonly number[]): string =>
  k.opset >= 18 ? k.emit(op, [x, k.integers(axes)], { keepdims: 1 }) : k.emit(op, [x], { axes, keepdims: 1 });

/** A sum, then a norm: inputs x, skip, scale, then perhaps a shift and a bias. */
function skip(op: string, shift: number, bias: number): Decomposition {
  return (n: Fused, k: GradientKit) => {
    const sum = k.add(n.a, n.b);
    const all = n.has(bias) ? k.add(sum, n.inputs[bias] as string) : sum;
    const inputs = [all, n.c, ...(shift >= 0 && n.has(shift) ? [n.inputs[shift] as string] : [])];
    const made = k.emit(op, inputs, { axis: -1, epsilon: { float: n.float("epsilon", 1e-12) } });
    return [made, "", "", all];
  };
}
