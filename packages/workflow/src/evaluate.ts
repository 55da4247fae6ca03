import type { Accuracy } from "@prune/runtime-ort";
import type { Perplexity } from "@prune/runtime-ort/advanced";
import type { Samples } from "@prune/samples";
import type { Evaluation } from "./reports/evaluation.js";

/** How often a model is right, and the samples; or how well it foretells a text. */
export type Evaluated = (Omit<Accuracy, "samples"> | Perplexity) & { readonly samples: Samples };

/** The same by the names of the classes, where the samples have them. */
export function evaluationOf({ samples, ...found }: Evaluated): Evaluation {
  if ("perplexity" in found) return { samples: samples.count, ...found, classes: [] };
  const { correct, top1, classes } = found;
  const named = classes.map((entry, i) => ({ name: samples.classes?.[i] ?? String(i), ...entry }));
  return { samples: samples.count, correct, top1, classes: named.filter((entry) => entry.samples > 0) };
}
