import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { folderStore } from "../files/folder-store.js";
import { checkUnchanged, placedTree } from "../files/tree.js";
import { refsOf } from "../job/job.js";
import { openCrashes } from "./crashes.js";
import type { Engine } from "./engine.js";
import { openPool, type PoolOptions } from "./pool.js";

/** How many threads candidates run on, with how much memory each. */
export interface EmbeddedOptions extends Omit<PoolOptions, "scratch" | "threads"> {
  /** The sweep's folder. */
  readonly folder: string;
  /** Candidates at once. @default one for each processor */
  readonly threads?: number | undefined;
  /**
   * How the process before this one ended, where a runtime took it along ("was ended by SIGABRT"): what was under way is
   * run by itself first, and what was twice has failed.
   */
  readonly crash?: string | undefined;
}

/** Times that a job is run whose thread is lost. */
const attempts = 3;

/** Times that a job is under way when a runtime takes the process along, the second time alone. */
const mostCrashes = 2;

/** Runs jobs on threads of this process; what they make goes to a folder in the sweep's own. */
export async function embedded({
  folder,
  threads = availableParallelism(),
  crash,
  ...options
}: EmbeddedOptions): Promise<Engine> {
  const scratch = join(folder, "scratch");
  // What a killed run left in the middle.
  await rm(scratch, { recursive: true, force: true });
  const crashes = openCrashes(join(folder, "under-way"), crash !== undefined);
  const pool = await openPool({ ...options, threads, scratch });
  const store = folderStore(folder, { isShared: false });
  return {
    store,
    plugins: pool.plugins,
    async run(jobs, trees, { onOutcome, onProgress, signal, until }) {
      const known = new Map(trees.map((tree) => [tree.ref.tree, tree]));
      const suspects = jobs.filter(({ name }) => crashes.count(name) > 0);
      const waiting = jobs.filter(({ name }) => crashes.count(name) === 0).values();
      let isOver = false;
      const lane = async (from: Iterable<(typeof jobs)[number]>): Promise<void> => {
        for (const { name, job } of from) {
          if (isOver || signal?.aborted || until?.aborted) return;
          if (crashes.count(name) >= mostCrashes) {
            const message = `The process that ran it ${crash}, twice.`;
            onOutcome({ state: "failed", job: name, code: "crashed", message });
            continue;
          }
          const own = [...new Set(refsOf(job).map(({ tree }) => tree))]
            .map((tree) => known.get(tree))
            .filter((tree) => tree !== undefined);
          for (const tree of own) await checkUnchanged(tree);
          const placed = Object.fromEntries(own.map((tree) => [tree.ref.tree, placedTree(tree)]));
          for (let attempt = 1; ; attempt++) {
            crashes.begin(name);
            const ran = await pool
              .run(
                { name, job, trees: placed },
                { signal, onProgress: onProgress && ((progress) => onProgress(name, progress)) },
              )
              .finally(() => crashes.end(name));
            if ("made" in ran) {
              for (const file of ran.made.files) await store.put(file.sha256, file);
              onOutcome(ran.made.outcome);
              await ran.done();
            } else if ("missed" in ran) onOutcome(ran.missed);
            else if (attempt < attempts) continue;
            else onOutcome({ state: "failed", job: name, code: "thread-lost", message: ran.lost });
            break;
          }
        }
      };
      const guarded = (from: Iterable<(typeof jobs)[number]>): Promise<void> =>
        lane(from).catch((error) => {
          isOver = true;
          throw error;
        });
      // A fault ends all lanes before it is told: nothing is noted behind the caller's back.
      const alone = await Promise.allSettled([guarded(suspects)]);
      const lanes = Array.from({ length: Math.min(threads, jobs.length) }, () => guarded(waiting));
      const ended = [...alone, ...(await Promise.allSettled(lanes))];
      const fault = ended.find((lane) => lane.status === "rejected");
      if (fault && !signal?.aborted) throw fault.reason;
    },
    async close() {
      await pool.close();
      for (const left of [scratch, join(folder, "under-way")])
        await rm(left, { recursive: true, force: true });
    },
  };
}
