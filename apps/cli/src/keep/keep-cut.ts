import type { Model } from "@prune/onnx";
import { type Curve, type Hold, type Kept, keep, type PruneOptions, type Resource } from "@prune/pruner";
import { countOf, judgeOn } from "@prune/runtime-ort";
import { CliError } from "../errors.js";
import type { RecoveryMethods } from "../options/recovery-methods.js";
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
  /** Samples that candidates were recovered on, those that the search judged by, and those that confirm what it found. */
  readonly samples: { readonly recovery: number; readonly judging: number; readonly confirming: number };
}

export interface KeptCut extends Kept<Model, Recovered> {
  readonly keep: KeepReport;
}

/** Samples that are drawn for it unless the command line says otherwise. */
export const samplesToKeep = 3072;

/** Samples that candidates are recovered on at most, of half of all; the others judge, and confirm. */
const recoveredOn = 1024;

interface How {
  readonly samples: Drawn;
  readonly recover: boolean;
  readonly methods: RecoveryMethods | undefined;
  readonly seed: number;
  readonly onProgress: (doing: string) => void;
}

/** Searches for the smallest model that holds what is asked, on samples that no candidate is recovered on; others confirm it. */
export async function keepCut(
  model: Model,
  asked: Omit<PruneOptions<Model>, "ratio" | "target">,
  { keep: hold, keepBy = "macs" }: KeepAsked,
  { samples, recover, methods, seed, onProgress }: How,
): Promise<KeptCut> {
  const { fit, judge, confirm } = parts(samples);
  if (hold.accuracy !== undefined && !judge.labels)
    throw new CliError("bad-option", {
      option: "--keep accuracy",
      why: "it needs labels; add --labels FILE",
    });
  const judging = ({ batches, labels }: Part): ReturnType<typeof judgeOn> =>
    judgeOn(model, batches, hold.accuracy === undefined ? classLabels(model, labels) : labels);
  let tried = 0;
  const doing = (what: string): void => onProgress(`budget ${tried + 1}: ${what}`);
  doing("judging the original");
  const found = await keep(model, {
    ...asked,
    keep: hold,
    resource: keepBy,
    judge: await judging(judge),
    confirm: async (small) => {
      onProgress("confirming");
      return (await judging(confirm))(small);
    },
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
    keep: {
      ...found.curve,
      samples: { recovery: recover ? fit.count : 0, judging: judge.count, confirming: confirm.count },
    },
  };
}

type Part = Pick<Drawn, "batches" | "labels" | "count">;

/** Whole batches: those to recover on, half at most, those that the search judges by, and as many that confirm. */
function parts({ batches, labels, count, path }: Drawn): Record<"fit" | "judge" | "confirm", Part> {
  const size = Math.ceil(count / batches.length);
  const first = Math.min(Math.floor(batches.length / 2), Math.ceil(recoveredOn / size));
  if (first < 3)
    throw new CliError("bad-samples", {
      path,
      why: `--keep needs 6 batches of ${size}, three to recover on and the others to judge by, and the data has ${count} in all`,
    });
  const second = Math.ceil((batches.length + first) / 2);
  const part = (from: number, to: number): Part => {
    const [start, end] = [countOf(batches.slice(0, from)), countOf(batches.slice(0, to))];
    return { batches: batches.slice(from, to), labels: labels?.slice(start, end), count: end - start };
  };
  return { fit: part(0, first), judge: part(first, second), confirm: part(second, batches.length) };
}
