import { anyText, checkTaken, keptBy, type Taken } from "@prune/graph/advanced";
import type { Model } from "@prune/onnx";
import { recoverJudged, type Twins } from "@prune/recovery";
import { type JudgedReport, type RecoveryStep, startStopwatch } from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import { outputsOf } from "../judging/outputs.js";
import { type LogitReport, withLogits } from "../logits/with-logits.js";
import { checkSamples } from "../samples/check-samples.js";
import { countOf } from "../samples/count.js";
import { forBoth } from "../samples/shrunk.js";
import type { CutOnnxModel, RecoverModelOptions } from "./recover-options.js";
import { type MomentsReport, reestimateMoments } from "./reestimate-moments.js";
import { ortTwins } from "./twins.js";

/**
 * What became of every layer, step and output in a recovery; errors are relative to the original's variance.
 */
export interface RecoveryReport extends JudgedReport {
  /** Heads whose queries and keys lost dims. */
  readonly logits: readonly LogitReport[];
  /** Where means and variances were re-estimated. */
  readonly moments?: MomentsReport;
}

/** What a recovery takes. */
const taken: Taken<RecoverModelOptions> = {
  ...{
    methods: anyText,
    moments: [],
    logits: [],
    rounds: [],
    rows: [],
    seed: [],
    maxInputs: [],
    residual: [],
    lead: [],
    held: [],
  },
  ...{ threads: [], optimise: anyText, profile: anyText, runtime: anyText, living: [] },
  ...{ labels: anyText, solver: [], stopwatch: [], onProgress: [], signal: [] },
};

/**
 * Refits a cut model to the original on unlabelled samples, in batches of about 64 in random order; three batches
 * at least. The refit, and the re-estimation of moments where it is asked for, are rolled back where samples that
 * neither saw say that error or agreement are worse by more than chance. Neither model is changed.
 * @throws {GraphError} "unknown-option"; {RecoveryError} "bad-option".
 */
export async function recoverModel(
  { original, smaller, cut }: CutOnnxModel,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions = {},
): Promise<{ readonly model: Model; readonly report: RecoveryReport }> {
  checkTaken("recoverModel", options, taken);
  checkSamples(original, samples);
  const { methods, moments: asked = false, signal, stopwatch = startStopwatch() } = options;
  const timed = { ...options, lead: options.lead ?? methods === undefined, stopwatch };
  const kept = keptBy(cut);
  let logits: readonly LogitReport[] = [];
  let moments: MomentsReport | undefined;
  const twins = async (batches: readonly ValuesByName[]): Promise<Twins<Model>> => {
    const plain = await ortTwins(original, smaller, kept, batches, timed);
    if (options.logits === false) return plain;
    const found = await withLogits(plain, { dense: original, kept }, batches, timed);
    ({ logits } = found);
    return found;
  };
  const reestimate: RecoveryStep<Model, ValuesByName> = {
    name: "re-estimation",
    async change(from, batches) {
      const found = await reestimateMoments({ original, smaller: from, cut }, batches, timed);
      moments = found.report;
      return found.model;
    },
  };
  const { model, report } = await recoverJudged(
    {
      original,
      smaller,
      samples,
      sizeOf: (feeds) => countOf([feeds]),
      answers: (of, batches) =>
        of === original
          ? outputsOf(of, batches, options, signal, options.living)
          : outputsOf(of, forBoth(batches, options.living).pruned, options, signal),
      ...(methods?.length !== 0 && { twins }),
      steps: asked ? [reestimate] : [],
    },
    timed,
  );
  return { model, report: { ...report, logits, ...(moments && { moments }) } };
}
