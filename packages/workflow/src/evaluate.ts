import type { Accuracy } from "@prune/runtime-ort";
import type { Samples } from "@prune/samples";
import type { Evaluation } from "./reports/evaluation.js";

/** How often a model is right, and the samples. */
export type Evaluated = Omit<Accuracy, "samples"> & { readonly samples: Samples };

/** The same by the names of the classes, where the samples have them. */
export function evaluationOf({ samples, correct, top1, classes }: Evaluated): Evaluation {
  const named = classes.map((entry, i) => ({ name: samples.classes?.[i] ?? String(i), ...entry }));
  return { samples: samples.count, correct, top1, classes: named.filter((entry) => entry.samples > 0) };
}
