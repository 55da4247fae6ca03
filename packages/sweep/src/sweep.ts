import { join } from "node:path";
import type { JobProgress } from "@prune/workflow";
import type { Engine, NamedJob } from "./engine/engine.js";
import { openJournal } from "./engine/journal.js";
import { isLock, ownerText, takeLock } from "./engine/lock.js";
import { SweepError } from "./errors.js";
import { someAtOnce } from "./files/some-at-once.js";
import { inputsOf } from "./job/inputs.js";
import type { Done, JobOutcome } from "./job/outcome.js";
import type { CheckedPlan } from "./plan/plan.js";
import { frontsOf, type SweptCandidate } from "./results/fronts.js";
import type { Candidate } from "./search/search.js";
import { searchOf } from "./search/search-of.js";

/** What a sweep found. */
export interface Swept {
  readonly plan: CheckedPlan;
  /** In the order of the search. */
  readonly points: readonly SweptCandidate[];
  /** `done`: all candidates ended; `time`: no other began; `aborted`: the signal came. */
  readonly ended: "done" | "time" | "aborted";
  /** Jobs that ended in this run and before it. */
  readonly ran: number;
  readonly known: number;
}

export interface SweepEvents {
  /** A candidate ended, in this run; `done` of `most` have. */
  onOutcome?(outcome: JobOutcome, counts: { readonly done: number; readonly most: number }): void;
  onProgress?(job: string, progress: JobProgress): void;
}

/** Where a sweep keeps its journal and results, what runs its jobs, and what ends it. */
export interface SweepOptions extends SweepEvents {
  /** Where the journal is, and what the sweep makes. */
  readonly folder: string;
  /** What the plan's paths start from. @default the working directory */
  readonly base?: string;
  /** Opens what runs the jobs, once the folder is the sweep's own. */
  readonly engine: () => Promise<Engine>;
  /** Aborting it ends the sweep: what ended by then is kept. */
  readonly signal?: AbortSignal | undefined;
  /** What is done with the results while the folder is the sweep's own. */
  readonly finish?: (swept: Swept, engine: Engine) => Promise<unknown>;
}

/**
 * Runs a sweep. What ended before, in this folder, does not run again: a sweep that was killed goes on where it was, and
 * a plan that has grown runs only what is new.
 * @throws {SweepError} "in-use" where another sweep uses the folder, "bad-plan", "damaged-journal", "input-changed".
 */
export async function runSweep(
  plan: CheckedPlan,
  { folder, base = ".", engine: open, signal, finish, ...events }: SweepOptions,
): Promise<Swept> {
  const search = searchOf(plan);
  const lock = takeLock(join(folder, "lock"));
  if (!isLock(lock)) throw new SweepError("in-use", { folder, owner: ownerText(lock) });
  try {
    const journal = openJournal(join(folder, "journal.jsonl"));
    try {
      const engine = await open();
      try {
        const until = deadline(plan.seconds, signal);
        try {
          const inputs = inputsOf(plan, base, engine.plugins);
          const points: SweptCandidate[] = [];
          let ran = 0;
          let isWhole = true;
          const forget = forgetter(engine, plan);
          let cleaning = Promise.resolve();
          for (;;) {
            const batch = search.next(points);
            if (batch.length === 0) break;
            const jobs: NamedJob[] = [];
            for (const candidate of batch) jobs.push(await inputs.jobOf(candidate));
            const left = new Map(
              jobs.filter(({ name }) => !journal.outcomes.has(name)).map((job) => [job.name, job]),
            );
            const candidates = new Map(jobs.map(({ name }, i) => [name, batch[i] as Candidate]));
            const soFar = [...points];
            const counts = { done: points.length + jobs.length - left.size, most: search.most };
            if (left.size > 0 && !until.signal.aborted)
              await engine.run([...left.values()], inputs.trees, {
                signal,
                until: until.signal,
                onOutcome(outcome) {
                  if (journal.outcomes.has(outcome.job)) return;
                  journal.note(outcome);
                  ran++;
                  counts.done++;
                  events.onOutcome?.(outcome, { ...counts });
                  soFar.push({ candidate: candidates.get(outcome.job) as Candidate, outcome });
                  if (!engine.store.isShared && ran % cleanedEvery === 0)
                    cleaning = cleaning.then(() => forget([...soFar]));
                },
                ...(events.onProgress && {
                  onProgress: (job, progress) => events.onProgress?.(job, progress),
                }),
              });
            for (const [i, { name }] of jobs.entries()) {
              const outcome = journal.outcomes.get(name);
              if (outcome) points.push({ candidate: batch[i] as Candidate, outcome });
              else isWhole = false;
            }
            await Promise.all([cleaning, journal.flushed()]);
            // What comes next depends on all of a batch.
            if (!isWhole) break;
            if (!engine.store.isShared) await forget(points);
          }
          const swept: Swept = {
            plan,
            points,
            ended: isWhole ? "done" : signal?.aborted ? "aborted" : "time",
            ran,
            known: points.length - ran,
          };
          await finish?.(swept, engine);
          return swept;
        } finally {
          until.end();
        }
      } finally {
        await engine.close();
      }
    } finally {
      await journal.close();
    }
  } finally {
    lock.release();
  }
}

/** Outcomes after which models that are on no front are removed. */
const cleanedEvery = 32;

/** Ends with the caller's signal or after some seconds. */
function deadline(
  seconds: number | undefined,
  signal: AbortSignal | undefined,
): { readonly signal: AbortSignal; end(): void } {
  const ends = new AbortController();
  const abort = (): void => ends.abort();
  const timer = seconds === undefined ? undefined : setTimeout(abort, Math.min(1000 * seconds, 2 ** 31 - 1));
  signal?.addEventListener("abort", abort, { once: true });
  if (signal?.aborted) abort();
  return {
    signal: ends.signal,
    end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

/** Removes models that are on no front, each once: what makes them again is their recipe, or their options. */
function forgetter(
  { store }: Engine,
  plan: CheckedPlan,
): (points: readonly SweptCandidate[]) => Promise<void> {
  const seen = new Set<string>();
  const removed = new Set<string>();
  return async (points) => {
    const made = points.flatMap(({ outcome }) => (outcome.state === "done" ? [outcome] : []));
    const hashes = (all: readonly Done[]): string[] =>
      all.flatMap(({ model }) => model.map(({ sha256 }) => sha256));
    // A candidate that came out as one before it did has stored its files again.
    for (const hash of hashes(made.filter(({ job }) => !seen.has(job)))) removed.delete(hash);
    for (const { job } of made) seen.add(job);
    const fronts = frontsOf(plan, points).flatMap(({ points: best }) => best);
    const kept = new Set(hashes(fronts.map(({ outcome }) => outcome)));
    const left = new Set(hashes(made).filter((hash) => !kept.has(hash) && !removed.has(hash)));
    await someAtOnce([...left], 16, (hash) => store.remove(hash));
    for (const hash of left) removed.add(hash);
  };
}
