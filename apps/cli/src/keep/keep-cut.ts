import type { Model } from "@prune/onnx";
import { type Curve, type Hold, type Kept, keep, type PruneOptions, type Resource } from "@prune/pruner";
import { judgeOn, type RecoverModelOptions } from "@prune/runtime-ort";
import { CliError } from "../errors.js";
import { classLabels, type Recovered, recoverChecked } from "../recover-file.js";
import type { Drawn } from "../samples.js";

export interface KeepAsked {
  readonly keep: Hold;
  readonly keepBy?: Resource | undefined;
  /** Where the curve goes: .json or .svg. */
  readonly curve?: string | undefined;
}

/** What `--keep` found, as the report has it. */
export interface KeepReport extends Curve {
  /** Samples that candidates were recovered on, and those that judge them alone. */
  readonly samples: { readonly recovery: number; readonly judging: number };
}

export interface KeptCut extends Kept<Model, Recovered> {
  readonly keep: KeepReport;
}

/** Samples that are drawn for it unless the command line says otherwise. */
export const samplesToKeep = 2048;

/** Samples that candidates are recovered on at most; all others judge. */
const recoveredOn = 1024;

interface How {
  readonly samples: Drawn;
  readonly recover: boolean;
  readonly methods: Pick<RecoverModelOptions, "methods" | "logits"> | undefined;
  readonly seed: number;
  readonly onProgress: (doing: string) => void;
}

/** Searches for the smallest model that holds what is asked, on samples that no candidate is recovered on. */
export async function keepCut(
  model: Model,
  asked: Omit<PruneOptions<Model>, "ratio" | "target">,
  { keep: hold, keepBy = "macs" }: KeepAsked,
  { samples, recover, methods, seed, onProgress }: How,
): Promise<KeptCut> {
  const { fit, judge } = halves(samples);
  if (hold.accuracy !== undefined && !judge.labels)
    throw new CliError("bad-option", {
      option: "--keep accuracy",
      why: "it needs labels; add --labels FILE",
    });
  const labels = hold.accuracy === undefined ? classLabels(model, judge.labels) : judge.labels;
  let tried = 0;
  const doing = (what: string): void => onProgress(`budget ${tried + 1}: ${what}`);
  doing("judging the original");
  const found = await keep(model, {
    ...asked,
    keep: hold,
    resource: keepBy,
    judge: await judgeOn(model, judge.batches, labels),
    ...(recover && {
      recover: (cutting) =>
        recoverChecked(cutting, fit.batches, {
          ...methods,
          seed,
          onProgress: doing,
          labels: classLabels(model, fit.labels),
        }),
    }),
    onPoint: () => {
      tried++;
      doing("cutting");
    },
  });
  return {
    ...found,
    keep: { ...found.curve, samples: { recovery: recover ? fit.count : 0, judging: judge.count } },
  };
}

type Part = Pick<Drawn, "batches" | "labels" | "count">;

/** Whole batches: those to recover on, three quarters at most, and those that judge. */
function halves({ batches, labels, count, path }: Drawn): {
  readonly fit: Part;
  readonly judge: Part;
} {
  const size = Math.ceil(count / batches.length);
  const first = Math.min(Math.floor((batches.length * 3) / 4), Math.ceil(recoveredOn / size));
  if (first < 3)
    throw new CliError("bad-samples", {
      path,
      why: `--keep needs 4 batches of ${size}, three to recover on and one to judge by, there are ${count} samples`,
    });
  const fitted = countOf(batches.slice(0, first));
  return {
    fit: { batches: batches.slice(0, first), labels: labels?.slice(0, fitted), count: fitted },
    judge: {
      batches: batches.slice(first),
      labels: labels?.slice(fitted),
      count: count - fitted,
    },
  };
}

const countOf = (batches: Drawn["batches"]): number =>
  batches.reduce((sum, feeds) => sum + (Object.values(feeds)[0]?.dims[0] ?? 1), 0);
