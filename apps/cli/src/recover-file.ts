import type { Cut } from "@prune/graph";
import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import {
  compare,
  type Outputs,
  type Pruned,
  type RecoveryReport,
  recoverModel,
  run,
  sessionOf,
  type ValuesByName,
} from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import { layersDone } from "./layers-done.js";
import type { RecoveryMethods } from "./options/recovery-methods.js";
import { isOneSample, type Range, rangesOf } from "./ranges.js";
import type { Drawn } from "./samples.js";

/** What recovery did; the law was checked before it, on the cut model. */
export interface Recovery extends RecoveryReport {
  readonly seed: number;
  /** What the samples feed the model, by input. */
  readonly inputs: Readonly<Record<string, Range>>;
}

/** A model, and what leaves it. */
export interface Cutting {
  readonly model: Model;
  readonly edit: GraphEdit;
  readonly cut: Cut;
}

/** The cut model in memory, beside the original. */
export const prunedOf = ({ model: original, edit, cut }: Cutting): Pruned => ({
  original,
  smaller: readModel(modelToBytes(original, edit), original.external && { external: original.external }),
  cut,
});

/** A model made of another, as if it had been read from the same file. */
export const inFileOf = ({ file }: Model, made: Model): Model => ({
  ...made,
  ...(file !== undefined && { file }),
});

export interface RecoverOptions extends RecoveryMethods {
  readonly seed: number;
  readonly onProgress: (doing: string) => void;
}

/** Some batches are kept to judge by, and samples differ. */
export function checkRecoverable({ batches, count, path }: Drawn): void {
  const refuse = (why: string): CliError => new CliError("bad-samples", { path, why });
  if (batches.length < 3)
    throw refuse(
      `3 batches of ${Math.ceil(count / batches.length)} are needed to win accuracy back, and the data has ${count} in all`,
    );
  if (isOneSample(batches)) throw refuse(`all ${count} samples hold the same values`);
}

/** A recovered model, and what was done to it. */
export interface Recovered {
  readonly model: Model;
  readonly recovery: Recovery;
}

/** Refits the cut model to the original. */
export function recoverCut(
  cutting: Cutting,
  { batches, labels }: Pick<Drawn, "batches" | "labels">,
  options: RecoverOptions,
): Promise<Recovered> {
  options.onProgress("recovering");
  return recoverChecked(prunedOf(cutting), batches, {
    ...options,
    labels: classLabels(cutting.model, labels),
  });
}

/** Labels, where the model's first output looks like a row of scores for each sample. */
export const classLabels = <L>({ graph }: Model, labels: L | undefined): L | undefined =>
  graph.outputs[0]?.shape?.length === 2 ? labels : undefined;

/** Refits a smaller model to the original, and checks that the result loads and answers in the same form. */
export async function recoverChecked(
  pruned: Pruned,
  samples: readonly ValuesByName[],
  { onProgress, ...options }: RecoverOptions & { readonly labels?: Int32Array | undefined },
): Promise<Recovered> {
  const { original } = pruned;
  const { model: recovered, report } = await recoverModel(pruned, samples, {
    ...options,
    onProgress: layersDone(onProgress),
  });
  const [feeds = {}] = samples;
  const { outputs } = compare(await outputsOf(recovered, feeds), await outputsOf(original, feeds));
  if (!outputs.every(({ sameShape, sameType }) => sameShape && sameType))
    throw new CliError("other-form", {});
  return {
    model: inFileOf(original, recovered),
    recovery: { seed: options.seed, inputs: rangesOf(samples), ...report },
  };
}

async function outputsOf(model: Model, feeds: ValuesByName): Promise<Outputs> {
  const session = await sessionOf(model);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}
