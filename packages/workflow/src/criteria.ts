import type { Importance } from "@prune/graph";
import { ownEntry } from "@prune/graph/advanced";
import { activation, apoz, reconstruction, variance, wanda } from "@prune/importance-activation";
import { fisher, obd, taylor } from "@prune/importance-gradient";
import { batchNormScale, fpgm, lamp, magnitude, random } from "@prune/importance-magnitude";
import { type NormaliserName, normalise, type ReductionName } from "@prune/importance-magnitude/advanced";
import { normalised } from "@prune/pruner/advanced";
import { badOption, didYouMean, type WorkflowError } from "./errors.js";
import type { Feature } from "./format.js";

export interface CriterionOptions {
  readonly seed: number;
  /** How the scores of a unit in several parameters become one. */
  readonly reduction?: ReductionName | undefined;
  /** What makes layers comparable. */
  readonly normaliser?: NormaliserName | undefined;
}

/** A criterion by its name: what it is made of, and which options it has. */
interface Criterion {
  /** It sums over parameters of its own, and normalises the sums itself. */
  readonly reduces?: true;
  make(options: CriterionOptions): Importance;
}

interface Reducing {
  readonly reduction?: ReductionName;
  readonly normaliser?: NormaliserName;
}

const scoring = (make: Criterion["make"]): Criterion => ({ make });
const reducing = (make: (how: Reducing) => Importance): Criterion => ({
  reduces: true,
  make: ({ reduction, normaliser }) =>
    make({ ...(reduction && { reduction }), ...(normaliser && { normaliser }) }),
});

/** Criteria by their names. */
const criteria: Readonly<Record<string, Criterion>> = {
  l1: reducing((how) => magnitude({ p: 1, ...how })),
  l2: reducing((how) => magnitude({ p: 2, ...how })),
  lamp: scoring(() => lamp()),
  fpgm: reducing((how) => fpgm(how)),
  "bn-scale": reducing((how) => batchNormScale(how)),
  random: scoring(({ seed }) => random({ seed })),
  activation: scoring(() => activation()),
  apoz: scoring(() => apoz()),
  wanda: scoring(() => wanda()),
  variance: scoring(() => variance()),
  "plain-variance": scoring(() => variance({ weighted: false })),
  reconstruction: scoring(() => reconstruction()),
  taylor: reducing((how) => taylor(how)),
  "taylor-multivariable": reducing((how) => taylor({ multivariable: true, ...how })),
  fisher: reducing((how) => fisher(how)),
  obd: reducing((how) => obd(how)),
};

/** What the option `criterion` takes. */
export const criterionNames: readonly string[] = Object.keys(criteria);

/** A criterion by its name. */
export function criterion(name: string, options: CriterionOptions): Importance {
  const found = ownEntry(criteria, name);
  if (!found)
    throw badOption(
      "importance",
      `it must be one of ${criterionNames.join(", ")}${didYouMean(name, criterionNames)}`,
    );
  const { reduces = false, make } = found;
  const { normaliser, reduction } = options;
  if (reduces) return make(options);
  if (reduction !== undefined)
    throw badOption(
      "reduction",
      `{importance: ${name}} does not score parameters one by one; leave one of the two out`,
    );
  const own = make(options);
  if (normaliser === undefined || normaliser === "none") return own;
  const named = normalised(own, (scores) => normalise(scores, normaliser));
  return { ...named, name: `${own.name} by ${normaliser}` };
}

/** What a criterion asks for besides the model, and the options that give it. */
export function checkNeeds(
  name: string,
  { needs }: Importance,
  given: { readonly data: boolean; readonly features: ReadonlySet<Feature> },
): void {
  const refuse = (why: string): WorkflowError => badOption(`importance: ${name}`, why);
  const [gradients, activations] = [needs.includes("gradients"), needs.includes("activations")];
  const curvature = needs.includes("curvature");
  if (gradients && !given.features.has("gradients"))
    throw refuse("it needs gradients, which this format's models don't give");
  if (curvature && !given.features.has("curvature"))
    throw refuse(
      "it needs the curvature of the loss, which is taken of ONNX models; prune the model's ONNX form",
    );
  if (activations && !given.features.has("activations"))
    throw refuse("it needs activations, which are gathered of ONNX models; prune the model's ONNX form");
  if ((gradients || curvature || activations) && !given.data)
    throw refuse(`it needs samples; add {data: PATH}${gradients ? " and their {labels}" : ""}`);
}
