import { existsSync } from "node:fs";
import type { Cut, Trace } from "@prune/graph";
import { type GraphEdit, type Model, noEdit, type OnnxBackend, zeroParameters } from "@prune/onnx";
import {
  account,
  type Budget,
  checkHeads,
  checkOptions,
  cutOrRepair,
  type PruneOptions,
  plan,
  type Recipe,
  type Report,
} from "@prune/pruner";
import { inputsOf, RuntimeError, toleranceOf, withEdited } from "@prune/runtime-ort";
import { activationProbes } from "./activations.js";
import { CliError } from "./errors.js";
import { checkOnnxRun, type RunFiles } from "./files/check-run.js";
import { modelSize } from "./files/model-size.js";
import { publishTogether, stageJson, stageOnnx } from "./files/stage.js";
import { checkInterface } from "./interface.js";
import { stageCurve } from "./keep/curve-file.js";
import { type KeepAsked, type KeepReport, keepCut, samplesToKeep } from "./keep/keep-cut.js";
import { checkLaw, type Law } from "./law.js";
import type { RecoveryMethods } from "./options/recovery-methods.js";
import { type DataFree, type DataFreeReport, recoverDataFree } from "./recover-data-free.js";
import { checkRecoverable, recoverCut } from "./recover-file.js";
import type { Told } from "./recovery-text.js";
import { drawSamples, type SampleFiles, samplesToDraw } from "./samples.js";
import { allocated } from "./sensitivity/allocation.js";
import { type FileLatency, type Timing, timing } from "./timing.js";
import { type InlinedCounts, inlinedIn, openTraced, type Traced } from "./traced.js";

export interface PruneFileOptions extends Omit<PruneOptions<Model>, "backend" | "trace" | "verify"> {
  /** Where the smaller model goes; `-` is standard output. */
  readonly out: string;
  /** Files that the run reads besides those that are named here, which no output may take the place of. */
  readonly reads?: readonly (string | undefined)[];
  readonly recipe?: string | undefined;
  readonly report?: string | undefined;
  /** @default true */
  readonly verify?: boolean;
  /** Set what would leave to zero and keep the size. @default false */
  readonly mask?: boolean;
  /** Samples: what a criterion that needs them scores by, and what the cut model is refitted to the original on. */
  readonly samples?: SampleFiles | undefined;
  /** Refit the cut model on the samples. Not with `mask`. @default true */
  readonly recover?: boolean;
  /** What layers are refitted by, where not by all that held-out samples may choose. */
  readonly methods?: RecoveryMethods;
  /** Ratios by layer: out of curves that are measured on the samples, or were written to a file. */
  readonly allocateBy?: "sensitivity" | { readonly curves: string } | undefined;
  /** Wins accuracy back without data, in place of a refit on samples; these judge it where there are any. */
  readonly dataFree?: DataFree | undefined;
  /** Samples are drawn with it. @default 0 */
  readonly seed?: number;
  /** Threads inside one operator, where models are timed. @default 1 */
  readonly threads?: number | undefined;
  /** A latency table: read where there is one, else measured and written. Widths are then chosen where they are fast. */
  readonly latencyTable?: string | undefined;
  /** What the smallest model is searched for that holds it, in place of a ratio or a target. Needs samples. */
  readonly keep?: KeepAsked | undefined;
  /** What is added to the report that is written, where pruning is one step of several. */
  readonly described?: (report: FileReport) => FileReport;
  readonly onProgress?: (doing: string) => void;
}

/** What `prune --report` writes and `prune --json` prints. */
export interface FileReport extends Omit<Report, "law"> {
  readonly format: "prune-report/1";
  readonly model: string;
  readonly out: string;
  /** Bytes of the files, with external data. */
  readonly files: { readonly before: number; readonly after: number };
  /** Where the model had Ifs of one branch or local functions: the smaller model has their nodes instead. */
  readonly inlined?: InlinedCounts;
  /** null: not checked, and why. */
  readonly law: Law | null;
  readonly unverified?: string;
  /** Where it was won back without data. */
  readonly dataFree?: DataFreeReport;
  /** Where samples were given, or made up. */
  readonly recovery?: Told;
  /** Where a model was searched for that holds something: every budget that was tried. */
  readonly keep?: KeepReport;
  /** Not where it was masked, or not to be run. */
  readonly latency?: FileLatency;
}

/** Prunes a model file; nothing is written unless the smaller model obeys the law. */
export async function pruneFile(path: string, options: PruneFileOptions): Promise<FileReport> {
  const { latencyTable, threads, onProgress = () => {} } = options;
  onProgress("tracing");
  const traced = openTraced(path, (model) => checkOnnxRun(path, model, filesOfRun(options)));
  const isRun = options.verify !== false && options.mask !== true;
  const clock = timing(traced.model, traced.backend, { threads, latencyTable, verify: isRun, onProgress });
  try {
    return await pruneTraced(traced, clock, options);
  } catch (error) {
    throw clock.wroteTable && error instanceof CliError
      ? error.besides(`the latency table ${latencyTable}`)
      : error;
  } finally {
    await clock.close();
  }
}

/** Files that pruning reads and writes. */
function filesOfRun({
  out,
  recipe,
  report,
  latencyTable,
  keep,
  allocateBy,
  reads = [],
  samples,
}: PruneFileOptions): RunFiles {
  const isMade = latencyTable !== undefined && !existsSync(latencyTable);
  return {
    out,
    writes: [recipe, report, keep?.curve, isMade ? latencyTable : undefined],
    reads: [
      ...reads,
      typeof allocateBy === "object" ? allocateBy.curves : undefined,
      isMade ? undefined : latencyTable,
    ],
    samples,
  };
}

async function pruneTraced(
  { path, model, backend, trace: plain }: Traced,
  clock: Timing,
  { threads: _, latencyTable: __, ...options }: PruneFileOptions,
): Promise<FileReport> {
  const { out, recipe, report, verify = true, mask = false, onProgress = () => {}, ...others } = options;
  const {
    reads: _reads,
    described = (plain: FileReport) => plain,
    samples: sampleFiles,
    recover = true,
    methods,
    dataFree,
    allocateBy,
    seed = 0,
    keep,
    ...rest
  } = others;
  checkHeads(plain, rest);
  const most = keep ? samplesToKeep : samplesToDraw;
  const samples = sampleFiles && (await drawSamples(sampleFiles, inputsOf(model.graph), { seed, most }));
  if (samples && recover) checkRecoverable(samples);
  const probe =
    samples && rest.importance.needs.includes("activations")
      ? activationProbes({
          importance: rest.importance,
          model,
          backend,
          trace: plain,
          batches: samples.batches,
          onProgress,
        })
      : undefined;
  if (allocateBy) checkOptions({ ...rest, allocation: { ratios: () => [] } });
  const subject = { ...rest, model, backend, trace: plain, probe, samples };
  const allocation = allocateBy && (await allocated(subject, allocateBy, onProgress));
  onProgress("scoring");
  const asked: PruneOptions<Model> = {
    ...rest,
    backend,
    trace: plain,
    ...(await clock.budget(rest.target, plain)),
    ...(probe && { probe }),
    ...(allocation && { allocation }),
  };
  const found =
    keep && samples && (await keepCut(model, asked, keep, { samples, recover, methods, seed, onProgress }));
  const { trace, chosen: wanted, scores } = found ?? (await plan(model, asked));
  onProgress("cutting");
  let edit: GraphEdit | undefined;
  const cutter = {
    cut(from: Model, of: Trace, cut: Cut): Model {
      edit = backend.edit(from, of, cut);
      return from;
    },
  };
  const { chosen } = cutOrRepair(model, cutter, trace, wanted, scores);
  const made = found ?? (await account(model, trace, chosen, asked));
  if (made.report.nothing !== undefined || edit === undefined) throw nothing(made.report);
  const { budget } = made.report;
  if (budget && !budget.met && budget.reached > budget.target) throw missed(budget);
  if (mask) edit = zeroParameters(model, made.recipe.parameters);
  if (verify && !mask) onProgress("checking that the cut equals the mask");
  const checked = mask
    ? { law: null, unverified: "masked, not cut (--mask)" }
    : verify
      ? await verified(path, { model, backend, trace, edit, cut: chosen.cut })
      : { law: null, unverified: "not asked for (--no-verify)" };
  const latency = verify && !mask ? await clock.against(chosen.cut, trace) : undefined;
  if (latency?.slower && budget?.resource === "latency") throw slower(latency);
  const recovered = found
    ? found.recovered
    : samples && recover
      ? await recoverCut({ model, edit, cut: chosen.cut }, samples, { ...methods, seed, onProgress })
      : undefined;
  const free =
    dataFree &&
    (await recoverDataFree(
      { model, edit, cut: chosen.cut },
      { method: dataFree, seed, samples, onProgress },
    ));
  onProgress("writing");
  const mended = free?.model ?? recovered?.model;
  if (mended) checkInterface(plain, backend.trace(mended));
  const staged = await (mended ? stageOnnx(out, mended, noEdit) : stageOnnx(out, model, edit));
  const files = { before: modelSize(path, model), after: staged.bytes };
  const result: FileReport = {
    format: "prune-report/1",
    model: path,
    out,
    files,
    ...inlinedIn(model),
    ...made.report,
    ...checked,
    ...(found && { keep: found.keep }),
    ...(free && { dataFree: free.dataFree }),
    ...(recovered && { recovery: recovered.recovery }),
    ...(free?.recovery && { recovery: free.recovery }),
    ...(latency && { latency }),
  };
  await publishTogether(staged, [
    () => (found && keep?.curve !== undefined ? stageCurve(keep.curve, found.keep) : undefined),
    () => (recipe === undefined ? undefined : stageJson(recipe, made.recipe satisfies Recipe)),
    () => (report === undefined ? undefined : stageJson(report, described(result))),
  ]);
  return result;
}

export function nothing({ nothing: why = "0 units removed", budget }: Report): CliError {
  const met = budget && budget.original <= budget.target;
  return new CliError("nothing-removed", { why: met ? `0 units removed because ${budget.why}` : why });
}

export function missed({ resource, target, reached, why = "" }: Budget): CliError {
  const amount = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 4 });
  return new CliError("budget-missed", {
    why,
    target: `${amount(target)} (${resource})`,
    reached: `${amount(reached)} at best`,
  });
}

const slower = ({ ratio, noise }: FileLatency): CliError =>
  new CliError("slower", {
    by: `${(100 * (ratio - 1)).toFixed(1)} %`,
    noise: `${(100 * noise).toFixed(1)} %`,
  });

interface Made {
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly trace: Trace;
  readonly edit: GraphEdit;
  readonly cut: Cut;
}

/** Checks the law on the bytes that are about to be written; throws when it is broken or can't be checked. */
export async function verified(
  original: string,
  { model, backend, trace, edit, cut }: Made,
): Promise<Pick<FileReport, "law" | "unverified">> {
  try {
    const options = { method: "gated", tolerance: toleranceOf(model) } as const;
    const law = await checkLaw(
      {
        original,
        masked: (use) => withEdited(model, backend.mask(model, trace, cut), use),
        cut: (use) => withEdited(model, edit, use),
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
      },
      options,
    );
    if (!law.holds) throw new CliError("law-broken", { error: law.error, tolerance: law.tolerance });
    return { law };
  } catch (error) {
    if (error instanceof RuntimeError || (error instanceof Error && error.name === "MaskError"))
      throw new CliError("unverified", { why: error.message });
    throw error;
  }
}
