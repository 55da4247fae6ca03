import { checkOptions } from "@prune/pruner/advanced";
import { shallower } from "./depth.js";
import { badOption, WorkflowError } from "./errors.js";
import type { Opened } from "./format.js";
import { formed } from "./formed.js";
import type { AskedPrune } from "./options/asked.js";
import type { Job } from "./progress.js";
import { type Candidate, nothing, type PrunedFiles, pruneOpened } from "./prune.js";
import type { Store } from "./store/store.js";

/** Prunes in the form that is asked for, or in the one that recovers nearer to the original on held-out samples. */
export async function pruneFormed<Model, Edit>(
  opened: Opened<Model, Edit>,
  asked: AskedPrune,
  out: string,
  store: Store,
  job: Job,
): Promise<PrunedFiles> {
  const prune = (of: Opened<Model, Edit>): Promise<Candidate> => pruneShared(of, asked, out, store, job);
  if (asked.norms === "live") return (await prune(opened)).finish();
  const masked = formed(opened, { norms: "masked" });
  if (asked.norms === "masked") return (await prune(masked)).finish();
  const live = await prune(opened);
  if (!live.norms) return live.finish();
  return nearer(live, await prune(masked)).finish();
}

/** The one that answers nearer to the original; the first if they are equal. */
const nearer = (first: Candidate, other: Candidate): Candidate => (other.error < first.error ? other : first);

/** Shares what leaves among layers as is asked for, or in the one of two ways that recovers nearer to the original on held-out samples. */
async function pruneShared<Model, Edit>(
  opened: Opened<Model, Edit>,
  asked: AskedPrune,
  out: string,
  store: Store,
  job: Job,
): Promise<Candidate> {
  if (asked.allocation !== "auto") return pruneTurned(opened, asked, out, store, job);
  const { choice } = asked;
  checkOptions({ ...choice, allocation: { ratios: () => [] } });
  const ways = {
    global: { ...asked, allocation: undefined, choice: { ...choice, global: true } },
    sensitivity: { ...asked, allocation: "sensitivity" },
  };
  const errors: { global?: number; sensitivity?: number } = {};
  let best: (Candidate & { readonly by: keyof typeof ways }) | undefined;
  let short: unknown;
  for (const by of ["global", "sensitivity"] as const)
    try {
      const made = await pruneTurned(opened, ways[by], out, store, job);
      errors[by] = made.error;
      if (!best || made.error < best.error) best = { ...made, by };
    } catch (error) {
      // The other way may reach what this one doesn't.
      if (!(error instanceof WorkflowError && error.code === "budget-missed")) throw error;
      short = error;
    }
  if (!best) throw short;
  const { by, finish, ...rest } = best;
  return {
    ...rest,
    async finish() {
      const made = await finish();
      return { ...made, report: { ...made.report, allocation: { by, errors } } };
    },
  };
}

/** Prunes without the blocks that are asked for; by trying, one block after the other leaves while held-out errors fall. */
async function pruneDeep<Model, Edit>(
  whole: Opened<Model, Edit>,
  wanted: AskedPrune,
  out: string,
  store: Store,
  job: Job,
): Promise<Candidate> {
  let best: Candidate | undefined;
  let worse = 0;
  for await (const { opened, asked } of shallower(whole, wanted, store, job)) {
    let made: Candidate;
    try {
      made = await pruneOpened(opened, asked, out, store, job);
    } catch (error) {
      // With more blocks gone, less is asked of the units.
      const isShort = error instanceof WorkflowError && error.code === "budget-missed";
      if (wanted.depth === "auto" && isShort) continue;
      throw error;
    }
    worse = best && made.error >= best.error ? worse + 1 : 0;
    if (worse === 0) best = made;
    if (worse === 2) break;
  }
  if (!best) throw nothing({ nothing: "no depth meets the budget" });
  return best;
}

/** Prunes in the basis that is asked for, which blocks are found in too, or in the one that recovers nearer to the original on held-out samples. */
async function pruneTurned<Model, Edit>(
  opened: Opened<Model, Edit>,
  asked: AskedPrune,
  out: string,
  store: Store,
  job: Job,
): Promise<Candidate> {
  const { basis, samples, seed } = asked;
  if (basis === "given" || !samples) return pruneDeep(opened, asked, out, store, job);
  await job.begin("basis");
  const turned = await opened.turned?.(samples, { seed }, store, job);
  if (!turned && basis === "principal")
    throw badOption("basis: principal", "there is no residual stream that could be turned");
  const given = basis === "auto" ? await pruneDeep(opened, asked, out, store, job) : undefined;
  const other = turned && (await pruneDeep(turned, asked, out, store, job));
  if (!given || !other) return (given ?? other) as Candidate;
  return nearer(given, other);
}
