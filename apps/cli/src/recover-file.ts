import type { Cut } from "@prune/graph";
import { type GraphEdit, type Model, modelToBytes, readModel } from "@prune/onnx";
import {
  compare,
  createSession,
  type Outputs,
  type RecoveryReport,
  recoverModel,
  run,
  type ValuesByName,
} from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import type { Drawn } from "./samples.js";
import { percent } from "./terminal/numbers.js";
import { table } from "./terminal/table.js";

/** What recovery did; the law was checked before it, on the cut model. */
export interface Recovery extends RecoveryReport {
  readonly seed: number;
}

interface Cutting {
  readonly model: Model;
  readonly edit: GraphEdit;
  readonly cut: Cut;
}

export interface RecoverOptions {
  readonly seed: number;
  readonly onProgress: (doing: string) => void;
}

/** Some batches are kept to judge by. */
export function checkRecoverable({ batches, count, path }: Drawn): void {
  if (batches.length < 3)
    throw new CliError("bad-samples", {
      path,
      why: `3 batches of ${Math.ceil(count / batches.length)} are needed to win accuracy back, there are ${count} samples`,
    });
}

/** Refits the cut model to the original, and checks that the result loads and answers in the same form. */
export async function recoverCut(
  { model, edit, cut }: Cutting,
  samples: readonly ValuesByName[],
  { seed, onProgress }: RecoverOptions,
): Promise<{ readonly model: Model; readonly recovery: Recovery }> {
  onProgress("recovering");
  const smaller = readModel(modelToBytes(model, edit), model.external && { external: model.external });
  const { model: recovered, report } = await recoverModel({ original: model, smaller, cut }, samples, {
    seed,
    onProgress: (done, total) => onProgress(`recovering: ${done} of ${total} layers`),
  });
  const [feeds = {}] = samples;
  const { outputs } = compare(await outputsOf(recovered, feeds), await outputsOf(model, feeds));
  if (!outputs.every(({ sameShape, sameType }) => sameShape && sameType))
    throw new CliError("other-form", {});
  return {
    model: { ...recovered, ...(model.file !== undefined && { file: model.file }) },
    recovery: { seed, ...report },
  };
}

async function outputsOf({ source }: Model, feeds: ValuesByName): Promise<Outputs> {
  const session = await createSession(source);
  try {
    return await run(session, feeds);
  } finally {
    await session.release();
  }
}

/** Errors by layer, and how alike the original and the small model answer. */
export function recoveryText(
  { layers, before, after, result, samples, seed }: Recovery,
  lawChecked: boolean,
): string {
  const rows = layers.map(({ layer, clipped, result: done, ...whole }) => {
    const error = clipped ?? whole;
    return [layer, percent(error.before), percent(done === "refitted" ? error.after : error.before), done];
  });
  const head =
    result === "recovered"
      ? `recovered on ${samples.fitted} samples without labels (seed ${seed}); the law was ${lawChecked ? "checked before that, on the cut alone" : "not checked"}`
      : `recovery rolled back: the refitted model was further from the original on ${samples.unseen} held-out samples, so the cut alone is written`;
  return [
    head,
    table(["layer", "error cut", "refitted", ""], rows),
    `agreement with the original on ${samples.unseen} held-out samples: top-1 ${percent(before.top1)} -> ${percent(after.top1)}, ` +
      `cosine ${before.cosine.toFixed(3)} -> ${after.cosine.toFixed(3)}, KL ${before.kl.toFixed(3)} -> ${after.kl.toFixed(3)}`,
  ].join("\n");
}
