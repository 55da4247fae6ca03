import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import { recoverModel } from "@prune/onnx-recovery";
import { compare, type OrtRuntime, type Outputs, run, type ValuesByName } from "@prune/runtime-ort";
import { type LivingOf, leftOf, sessionOf } from "@prune/runtime-ort/advanced";
import { WorkflowError } from "../errors.js";
import type { Recovered, RecoverHow, Smaller } from "../format.js";
import type { Job } from "../progress.js";
import { rangesOf } from "../samples/ranges.js";

/** The edited model in memory; its external weights are found where the original's are. */
export const editedModel = (original: Model, edit: GraphEdit): Model =>
  readModel(modelToBytes(original, edit), original.external && { external: original.external });

/** A model made of another, as if it had been read from the same file. */
export const inFileOf = ({ file }: Model, made: Model): Model => ({
  ...made,
  ...(file !== undefined && { file }),
});

/** Labels, where the model's first output looks like a row of scores for each sample. */
export const classLabels = <L>({ graph }: Model, labels: L | undefined): L | undefined =>
  graph.outputs[0]?.shape?.length === 2 ? labels : undefined;

/** What a model is recovered with. */
export interface Recovering {
  readonly runtime: OrtRuntime;
  readonly job: Job;
  /** What the cut leaves of inputs and outputs. */
  readonly living?: LivingOf | undefined;
}

/** Refits a smaller model to the original, and checks that the result loads and answers in the same form. */
export async function recoverChecked(
  pruned: Smaller<Model>,
  samples: readonly ValuesByName[],
  { methods, seed, labels }: RecoverHow,
  { runtime, job, living }: Recovering,
): Promise<Recovered<Model>> {
  const { original } = pruned;
  const { model: recovered, report } = await recoverModel(pruned, samples, {
    ...methods,
    seed,
    labels,
    runtime,
    living,
    ...(job.signal && { signal: job.signal }),
    onProgress: (done, total) => job.report({ step: "recover", done, total }),
  });
  const [feeds = {}] = samples;
  const [after, before] = [
    await outputsOf(recovered, living ? leftOf(feeds, living) : feeds, runtime),
    leftOf(await outputsOf(original, feeds, runtime), living ?? (() => "all")),
  ];
  if (!compare(after, before).outputs.every(({ sameShape, sameType }) => sameShape && sameType))
    throw new WorkflowError("other-form", {});
  return {
    model: inFileOf(original, recovered),
    recovery: { seed, inputs: rangesOf(samples), ...report },
  };
}

async function outputsOf(model: Model, feeds: ValuesByName, runtime: OrtRuntime): Promise<Outputs> {
  const session = await sessionOf(model, { runtime });
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}
