import type { Trace, Cut as TraceCut } from "@prune/graph";
import { type PruneOptions as Options, plan, type Recipe, type Report } from "@prune/pruner";
import {
  account,
  type Budget,
  type Chosen,
  checkHeads,
  checkOptions,
  makeOrRepair,
} from "@prune/pruner/advanced";
import { cancellable } from "./cancellable.js";
import { checkInterface } from "./check-interface.js";
import { blocksReport } from "./depth.js";
import { WorkflowError } from "./errors.js";
import type { Opened } from "./format.js";
import { keepCut } from "./keep.js";
import { filesOfModel, sizeOf } from "./made.js";
import type { AskedPrune } from "./options/asked.js";
import type { Job } from "./progress.js";
import type { LatencyReport } from "./reports/latency-report.js";
import { type Checked, unchecked } from "./reports/law-report.js";
import type { PruneReport } from "./reports/prune-report.js";
import { allocated } from "./sensitivity/allocation.js";
import type { NewModel, Store } from "./store/store.js";
import { taught } from "./taught.js";
import type { Timing } from "./timing.js";

/** A pruning that is done, but for writing it. */
export interface PrunedFiles extends Details {
  readonly model: NewModel;
  readonly report: PruneReport;
}

/** What a report is made of besides its numbers: for those who draw it. */
export interface Details {
  readonly opened: Opened;
  /** The trace that was cut: the opened model's, unless rows may lose different positions. */
  readonly trace: Trace;
  /** What leaves of each family of units, and the cut that it makes. */
  readonly chosen: Chosen;
  readonly recipe: Recipe;
}

/** A pruning before what only the one that is chosen gets: training, and files. */
export interface Candidate {
  /** Of the answers on held-out samples; Infinity if nothing was recovered. */
  readonly error: number;
  readonly norms: PruneReport["norms"];
  finish(): Promise<PrunedFiles>;
}

/** Prunes an opened model; the smaller one obeys the law, unless checking it was not asked for. */
export async function pruneOpened<Model, Edit>(
  opened: Opened<Model, Edit>,
  asked: AskedPrune,
  out: string,
  store: Store,
  job: Job,
): Promise<Candidate> {
  const { threads, latencyTable, verify, mask, verifyMemory: memory } = asked;
  const how = { threads, latencyTable, verify: verify && !mask, memory };
  const clock = opened.timing?.(how, store, job);
  try {
    return await pruneTimed(opened, asked, out, clock, store, job);
  } finally {
    await clock?.close();
  }
}

async function pruneTimed<Model, Edit>(
  given: Opened<Model, Edit>,
  asked: AskedPrune,
  out: string,
  clock: Timing | undefined,
  store: Store,
  job: Job,
): Promise<Candidate> {
  const { model, trace: plain } = given;
  const { choice, mask, verify, verifyTime: seconds, verifyMemory: memory } = asked;
  checkHeads(plain, choice);
  const { samples, probe } = await given.prepare(asked, store, job);
  const opened = samples ? given.countedOn(samples) : given;
  const { backend } = opened;
  const importance = cancellable(asked.importance, job);
  if (asked.allocation !== undefined) checkOptions({ ...choice, allocation: { ratios: () => [] } });
  const { target, ignore } = choice;
  const allocation =
    asked.allocation === undefined
      ? undefined
      : await allocated({ opened, importance, probe, samples, target, ignore }, asked.allocation, store, job);
  const { learnGates: time, samples: files, seed, threads } = asked;
  const learn =
    time &&
    files &&
    (await opened.gates?.({ samples: files, time, trace: plain, seed, threads }, store, job));
  await job.begin("score");
  const options: Options<Model> = {
    ...choice,
    importance,
    backend,
    trace: plain,
    ...(clock && (await clock.budget(target, plain))),
    ...(probe && { probe }),
    ...(learn && { learn }),
    ...(allocation && { allocation }),
  };
  const found = asked.keep && samples && (await keepCut(opened, options, asked, samples, job));
  const { trace, chosen: wanted, scores } = found ?? (await plan(model, options));
  await job.begin("cut");
  const { made: cutting, chosen } = makeOrRepair(trace, wanted, scores, (cut) => opened.edit(trace, cut));
  const { recipe, report } = found ?? (await account(model, trace, chosen, options));
  if (report.nothing !== undefined && !opened.gone) throw nothing(report);
  const { budget } = report;
  if (budget && !budget.met && budget.reached > budget.target) throw missed(budget);
  const edit = mask && opened.zeroed ? opened.zeroed(recipe.parameters) : cutting;
  const { cut } = chosen;
  const blocks = await blocksReport(opened, verify, job);
  // Of a cut of nothing there is nothing to check.
  const only = cut.isEmpty && blocks?.law ? { law: blocks.law } : undefined;
  const checked =
    only ?? (await checkedBy(opened, { trace, cut, edit, seconds, memory }, { mask, verify }, job));
  const latency = verify && !mask ? await clock?.against(cut, trace) : undefined;
  if (latency?.slower && budget?.resource === "latency") throw slower(latency);
  const refitted = await recovered(opened, { edit, cut, kept: found?.recovered }, asked, samples, job);
  const norms = normsOf(opened, trace, cut);
  return {
    error: refitted.reports.recovery?.after.error ?? Infinity,
    norms,
    async finish() {
      const after = await taught(
        opened,
        { student: () => refitted.model ?? opened.edited(edit), cut },
        asked,
        { store, job },
      );
      await job.begin("write");
      const last = after?.model ?? refitted.model;
      if (last) checkInterface(trace, backend.trace(last), cut);
      const written = await opened.written(out, last ? { model: last } : { edit }, store);
      const whole: PruneReport = {
        format: "prune-report/1",
        model: opened.path,
        out,
        files: { before: sizeOf(opened.files), after: sizeOf(filesOfModel(written)) },
        ...(opened.inlined && { inlined: opened.inlined }),
        ...report,
        ...beforeOf(opened),
        ...(blocks && { blocks }),
        ...checked,
        ...(norms && { norms }),
        ...(found && { keep: found.keep }),
        ...refitted.reports,
        ...(after && { training: after.training }),
        ...(latency && { latency }),
      };
      return { model: written, report: whole, recipe, opened: opened as unknown as Opened, trace, chosen };
    },
  };
}

/** What the model was before blocks left it and streams were turned. */
function beforeOf<Model, Edit>({
  gone,
  basis,
}: Opened<Model, Edit>): Partial<Pick<PruneReport, "before" | "basis">> {
  const before = basis?.cost ?? gone?.cost;
  if (!basis) return before ? { before } : {};
  const { cost: _, ...report } = basis;
  return { basis: report, ...(before && { before }) };
}

function normsOf<Model, Edit>(
  { backend, normsOver }: Opened<Model, Edit>,
  trace: Trace,
  cut: TraceCut,
): PruneReport["norms"] {
  const nodes = normsOver?.(trace, cut).length ?? 0;
  return nodes === 0 ? undefined : { over: backend.form?.norms === "masked" ? "masked" : "live", nodes };
}

async function checkedBy<Model, Edit>(
  opened: Opened<Model, Edit>,
  cutting: Parameters<Opened<Model, Edit>["verify"]>[0],
  { mask, verify }: Pick<AskedPrune, "mask" | "verify">,
  job: Job,
): Promise<Checked> {
  if (mask) return { law: null, unverified: "masked, not cut (--mask)" };
  if (!verify) return unchecked;
  await job.begin("law");
  return opened.verify(cutting, job);
}

interface Cut<Model, Edit> {
  readonly edit: Edit;
  readonly cut: Parameters<Opened<Model, Edit>["edit"]>[1];
  /** What a search recovered already. */
  readonly kept: { readonly model: Model; readonly recovery: PruneReport["recovery"] } | undefined;
}

/** The model after all that was asked to win accuracy back, and what that did; no model where the cut is all there is. */
async function recovered<Model, Edit>(
  opened: Opened<Model, Edit>,
  { edit, cut, kept }: Cut<Model, Edit>,
  { recover, methods, seed, dataFree, keep }: AskedPrune,
  samples: Awaited<ReturnType<Opened<Model, Edit>["prepare"]>>["samples"],
  job: Job,
): Promise<{ readonly model?: Model; readonly reports: Pick<PruneReport, "recovery" | "dataFree"> }> {
  if (keep)
    return kept
      ? { model: kept.model, reports: kept.recovery ? { recovery: kept.recovery } : {} }
      : { reports: {} };
  const smaller = () => ({ original: opened.model, smaller: opened.edited(edit), cut });
  if (samples && recover && opened.recover) {
    await job.begin("recover");
    const labels = opened.classLabels ? opened.classLabels(samples.labels) : samples.labels;
    const made = await opened.recover(smaller(), samples, { methods, seed, labels }, job);
    return { model: made.model, reports: { recovery: made.recovery } };
  }
  if (!dataFree || !opened.recoverDataFree) return { reports: {} };
  await job.begin("recover-data-free");
  const made = await opened.recoverDataFree(smaller(), { method: dataFree, seed, samples }, job);
  return {
    model: made.model,
    reports: { dataFree: made.dataFree, ...(made.recovery && { recovery: made.recovery }) },
  };
}

export function nothing({
  nothing: why = "0 units removed",
  budget,
}: Pick<Report, "nothing" | "budget">): WorkflowError {
  const met = budget && budget.original <= budget.target;
  return new WorkflowError("nothing-removed", { why: met ? `0 units removed because ${budget.why}` : why });
}

function missed({ resource, target, reached, why = "" }: Budget): WorkflowError {
  const amount = (value: number): string => value.toLocaleString("en", { maximumSignificantDigits: 4 });
  return new WorkflowError("budget-missed", {
    why,
    target: `${amount(target)} (${resource})`,
    reached: `${amount(reached)} at best`,
  });
}

const slower = ({ ratio, noise }: LatencyReport): WorkflowError =>
  new WorkflowError("slower", {
    by: `${(100 * (ratio - 1)).toFixed(1)} %`,
    noise: `${(100 * noise).toFixed(1)} %`,
  });
