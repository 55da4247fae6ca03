import { AutodiffError } from "../errors.js";
import type { Loss, LossKit } from "./loss.js";

/** Which output `crossEntropy` judges, and what its labels are called. */
export interface CrossEntropyOptions {
  /** The classes' scores, samples x classes; behind a softmax, what went into it is taken. @default the only output */
  readonly output?: string;
  /** Share of the target that is spread evenly over all classes (Szegedy et al. 2016). @default 0 */
  readonly labelSmoothing?: number;
  /** Name of the input that takes the labels, int64 [samples]. @default "labels" */
  readonly labels?: string;
}

/** Mean cross entropy of labels. */
export const crossEntropy =
  ({ output, labelSmoothing = 0, labels = "labels" }: CrossEntropyOptions = {}): Loss =>
  (k) => {
    const scores = classScores(k, output);
    const fed = k.fed({ name: labels, type: "int64", shape: [samplesOf(k, scores)] });
    const logs = k.emit("LogSoftmax", [scores], { axis: 1 });
    const classes = k.shape(scores)?.[1];
    if (typeof classes !== "number")
      throw new AutodiffError("no-classes", { tensor: scores, shape: String(k.shape(scores)) });
    const right = k.emit("OneHot", [fed, k.integers([classes], []), k.floats([0, 1], [2], k.type(scores))]);
    const picked = k.neg(k.mean(k.sum(k.mul(logs, right), [1], "dropped"), undefined, "dropped"));
    if (labelSmoothing === 0) return picked;
    const spread = k.neg(k.mean(logs, undefined, "dropped"));
    return k.add(k.mul(picked, 1 - labelSmoothing), k.mul(spread, labelSmoothing));
  };

/** Which output `meanSquares` compares, and what its targets are called. */
export interface MeanSquaresOptions {
  /** @default the only output */
  readonly output?: string;
  /** Name of the input that takes the targets, of the output's shape. @default "targets" */
  readonly targets?: string;
}

/** Mean of the squared differences from targets. */
export const meanSquares =
  ({ output, targets = "targets" }: MeanSquaresOptions = {}): Loss =>
  (k) => {
    const own = k.output(output);
    return k.mean(k.square(k.sub(own, fedLike(k, targets, own))), undefined, "dropped");
  };

/** Which output `distillation` compares with the teacher's, and at what temperature. */
export interface DistillationOptions {
  /** The student's scores; behind a softmax, what went into it is taken. @default the only output */
  readonly output?: string;
  /** Both sides' scores are divided by it. @default 2 */
  readonly temperature?: number;
  /** Name of the input that takes the teacher's scores before the softmax, samples x classes, or samples x tokens x classes. @default "teacher" */
  readonly teacher?: string;
}

/**
 * Kullback-Leibler divergence of the student's classes from the teacher's at a temperature, times its square, so that
 * gradients do not shrink with it (Hinton et al. 2015). Classes are the last dim: of each sample, or of each token of
 * it. Needs no labels.
 */
export const distillation =
  ({ output, temperature = 2, teacher = "teacher" }: DistillationOptions = {}): Loss =>
  (k) => {
    const scores = k.logits(output);
    const rank = k.shape(scores)?.length ?? 0;
    const axis = rank - 1;
    if (rank < 2) throw noClasses(k, scores);
    const theirs = k.div(fedLike(k, teacher, scores), temperature);
    const own = k.emit("LogSoftmax", [k.div(scores, temperature)], { axis });
    const gap = k.sub(k.emit("LogSoftmax", [theirs], { axis }), own);
    const each = k.sum(k.mul(k.emit("Softmax", [theirs], { axis }), gap), [axis], "dropped");
    return k.mul(k.mean(each, undefined, "dropped"), temperature ** 2);
  };

/**
 * Mean squared differences from what the teacher makes of a tensor, over the mean square of the teacher's. It is fed as
 * the tensor's name with `.teacher` behind.
 */
export const features =
  (tensors: readonly string[]): Loss =>
  (k) => {
    const each = tensors.map((tensor) => {
      const own = k.output(tensor);
      const theirs = fedLike(k, `${tensor}.teacher`, own);
      const power = k.mean(k.square(theirs), undefined, "dropped");
      return k.div(k.mean(k.square(k.sub(own, theirs)), undefined, "dropped"), k.add(power, 1e-12));
    });
    return k.div(
      each.reduce((a, b) => k.add(a, b)),
      tensors.length,
    );
  };

/** A weighted sum of losses: hard labels and a teacher, scores and features. */
export const mix =
  (parts: readonly { readonly loss: Loss; readonly weight: number }[]): Loss =>
  (k) =>
    parts.map(({ loss, weight }) => k.mul(loss(k), weight)).reduce((a, b) => k.add(a, b));

function fedLike(k: LossKit, name: string, tensor: string): string {
  const shape = k.shape(tensor) ?? [];
  const made = k.fed({ name, type: k.type(tensor), shape });
  k.alike(made, tensor);
  return made;
}

const samplesOf = (k: LossKit, scores: string): number | string | undefined => k.shape(scores)?.[0];

function classScores(k: LossKit, output: string | undefined): string {
  const scores = k.logits(output);
  const shape = k.shape(scores);
  if (shape?.length !== 2) throw noClasses(k, scores);
  return scores;
}

function noClasses(k: LossKit, tensor: string): AutodiffError {
  return new AutodiffError("no-classes", { tensor, shape: k.shape(tensor)?.join(", ") ?? "unknown" });
}
