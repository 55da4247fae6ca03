import { sumTo } from "../graph/broadcast.js";
import { type GradientKit, Unemitted } from "../graph/kit.js";
import { each, from, fromFront, type GradientNode, type GradientRules } from "./step.js";

export const normalization: GradientRules = {
  LayerNormalization(n, k) {
    noStatistics(n);
    const axes = from(fromFront(n.int("axis", -1), n.rank(n.a)), n.rank(n.a));
    const { normal, inverse } = normalised(k, n.a, axes, n.float("epsilon", 1e-5));
    return [
      () => through(k, k.mul(n.dy, n.b), normal, inverse, axes),
      () => sumTo(k, k.mul(n.dy, normal), n.b, k.shape(n.a)),
      () => sumTo(k, n.dy, n.c, k.shape(n.a)),
    ];
  },
  ...each("RMSNormalization SimplifiedLayerNormalization", (n, k) => {
    noStatistics(n);
    const axes = from(fromFront(n.int("axis", -1), n.rank(n.a)), n.rank(n.a));
    const power = k.mean(k.square(n.a), axes);
    const inverse = k.div(1, k.emit("Sqrt", [k.add(power, n.float("epsilon", 1e-5))]));
    const normal = k.mul(n.a, inverse);
    return [
      () => {
        const inner = k.mul(n.dy, n.b);
        return k.mul(k.sub(inner, k.mul(normal, k.mean(k.mul(inner, normal), axes))), inverse);
      },
      () => sumTo(k, k.mul(n.dy, normal), n.b, k.shape(n.a)),
    ];
  }),
  InstanceNormalization(n, k) {
    const rank = n.rank(n.a);
    const { normal, inverse } = normalised(k, n.a, from(2, rank), n.float("epsilon", 1e-5));
    return [
      () => through(k, k.mul(n.dy, alongChannels(k, n.b, rank)), normal, inverse, from(2, rank)),
      () => perChannel(k, k.mul(n.dy, normal), rank),
      () => perChannel(k, n.dy, rank),
    ];
  },
  /** With its running statistics, which are constants of it unless their gradients are asked for as well. */
  BatchNormalization(n, k) {
    if (n.int("training_mode", 0) === 1) return byBatch(n, k);
    const rank = n.rank(n.a);
    const [mean, variance] = [n.inputs[3], n.inputs[4]].map((name) =>
      alongChannels(k, name as string, rank),
    ) as [string, string];
    const inverse = k.div(1, k.emit("Sqrt", [k.add(variance, n.float("epsilon", 1e-5))]));
    const scale = k.mul(alongChannels(k, n.b, rank), inverse);
    const summed = (tensor: string): string => perChannel(k, tensor, rank);
    const flat = (tensor: string): string => k.reshape(tensor, [-1]);
    const centred = (): string => k.sub(n.a, mean);
    return [
      () => k.mul(n.dy, scale),
      () => k.mul(summed(k.mul(n.dy, centred())), flat(inverse)),
      () => summed(n.dy),
      () => k.neg(k.mul(summed(n.dy), flat(scale))),
      () => {
        const rise = k.mul(flat(scale), k.square(flat(inverse)));
        return k.mul(k.mul(summed(k.mul(n.dy, centred())), rise), -0.5);
      },
    ];
  },
};

/** With the statistics of the batch: the running ones only wait for the next. */
function byBatch(n: GradientNode, k: GradientKit): ReturnType<GradientRules[string]> {
  const rank = n.rank(n.a);
  const others = [0, ...from(2, rank)];
  const { normal, inverse } = normalised(k, n.a, others, n.float("epsilon", 1e-5));
  return [
    () => through(k, k.mul(n.dy, alongChannels(k, n.b, rank)), normal, inverse, others),
    () => perChannel(k, k.mul(n.dy, normal), rank),
    () => perChannel(k, n.dy, rank),
  ];
}

function noStatistics({ outputs }: GradientNode): void {
  if (outputs.slice(1).some((name) => name !== ""))
    throw new Unemitted("its mean or deviation is read as well");
}

/** Sums of N x C x places per channel. Over places first: several times as fast on a CPU as over both at once. */
export const perChannel = (k: GradientKit, tensor: string, rank: number): string =>
  k.sum(k.sum(tensor, from(2, rank), "dropped"), [0], "dropped");

/** A vector of one number per channel as it stands beside N x C x places. */
export const alongChannels = (k: GradientKit, vector: string, rank: number): string =>
  rank <= 2 ? vector : k.reshape(vector, [-1, ...from(2, rank).map(() => 1)]);

function normalised(
  k: GradientKit,
  x: string,
  axes: readonly number[],
  epsilon: number,
): { normal: string; inverse: string } {
  const centred = k.sub(x, k.mean(x, axes));
  const inverse = k.div(1, k.emit("Sqrt", [k.add(k.mean(k.square(centred), axes), epsilon)]));
  return { normal: k.mul(centred, inverse), inverse };
}

/** Through a normalisation over some axes, whose mean and deviation move with each cell. */
function through(
  k: GradientKit,
  inner: string,
  normal: string,
  inverse: string,
  axes: readonly number[],
): string {
  const shifted = k.sub(inner, k.mean(inner, axes));
  return k.mul(k.sub(shifted, k.mul(normal, k.mean(k.mul(inner, normal), axes))), inverse);
}
