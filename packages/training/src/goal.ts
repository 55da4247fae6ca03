import { crossEntropy, distillation, type Loss } from "@prune/autodiff";
import { features, mix, scoresOf } from "@prune/autodiff/advanced";
import type { Model } from "@prune/onnx";
import { cachesOf, tensorFacts } from "@prune/onnx/advanced";
import { TrainingError } from "./errors.js";

/** What a training works towards: labels, a teacher, or a loss of one's own. */
export interface GoalOptions {
  /** The model that is learned from: its scores, and its tensors where `features` names some. */
  readonly teacher?: Model | undefined;
  /** A loss of one's own; what it is fed comes with the samples. @default by labels, a teacher, or both */
  readonly loss?: Loss | undefined;
  /** The output that scores classes. @default the only one */
  readonly output?: string | undefined;
  /** The part of the labels where there is a teacher too. @default 0.5; 0: the teacher alone */
  readonly hardShare?: number | undefined;
  /** Share of the target that is spread evenly over all classes. @default 0 */
  readonly labelSmoothing?: number | undefined;
  /** Scores of both are divided by it before the teacher's are learned. @default 2 */
  readonly temperature?: number | undefined;
  /** Tensors of both models whose values are learned as well. @default none */
  readonly features?: readonly string[] | undefined;
  /** The part of the features beside the rest. @default 1 */
  readonly featureShare?: number | undefined;
}

/** What is trained towards. */
export interface Goal {
  readonly loss: Loss;
  readonly readsLabels: boolean;
  /** The tensor of the student's scores; undefined with a loss of one's own over no classes. */
  readonly scores: string | undefined;
  /** How many classes there are to score, where that is known. */
  readonly classes: number | undefined;
  /** By input of the loss, the teacher's tensor that feeds it. */
  readonly taught: ReadonlyMap<string, string>;
}

export function goalOf(student: Model, hasLabels: boolean, options: GoalOptions): Goal {
  const {
    teacher,
    loss,
    output = besideCaches(student),
    hardShare = 0.5,
    labelSmoothing = 0,
    temperature = 2,
  } = options;
  if (loss) return { loss, readsLabels: false, scores: undefined, classes: undefined, taught: new Map() };
  const scores = scoresOf(student, output);
  const classes = classesOf(student, scores);
  const named = output === undefined ? {} : { output };
  const hard = crossEntropy({ ...named, labelSmoothing });
  const learned = options.features ?? [];
  const taught = new Map<string, string>();
  if (!teacher) {
    if (!hasLabels) throw new TrainingError("no-goal", {});
    return { loss: hard, readsLabels: true, scores, classes, taught };
  }
  const theirs = classesOf(teacher, scoresOf(teacher, output));
  if (classes !== undefined && theirs !== undefined && theirs !== classes)
    throw new TrainingError("classes-differ", { student: String(classes), teacher: String(theirs) });
  taught.set("teacher", scoresOf(teacher, output));
  for (const tensor of learned) taught.set(`${tensor}.teacher`, tensor);
  const share = hasLabels ? hardShare : 0;
  const parts = [
    ...(share > 0 ? [{ loss: hard, weight: share }] : []),
    ...(share < 1 ? [{ loss: distillation({ ...named, temperature }), weight: 1 - share }] : []),
    ...(learned.length > 0 ? [{ loss: features(learned), weight: options.featureShare ?? 1 }] : []),
  ];
  const [only, ...more] = parts;
  return {
    loss: only && more.length === 0 && only.weight === 1 ? only.loss : mix(parts),
    readsLabels: share > 0,
    scores,
    classes,
    taught,
  };
}

/** The one output that is no cache, where a model has caches. */
function besideCaches({ graph }: Model): string | undefined {
  const { names } = cachesOf(graph);
  const others = graph.outputs.filter(({ name }) => !names.has(name));
  return names.size > 0 && others.length === 1 ? others[0]?.name : undefined;
}

function classesOf(model: Model, scores: string): number | undefined {
  const size = tensorFacts(model).shape(scores)?.at(-1);
  return typeof size === "number" ? size : undefined;
}
