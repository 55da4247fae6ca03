import type { Cost } from "@prune/graph";
import type { Target } from "@prune/pruner";
import { type Amount, amountOf, resourceOf } from "@prune/pruner/advanced";
import { badOption, WorkflowError } from "./errors.js";
import type { Opened } from "./format.js";
import { formed } from "./formed.js";
import type { AskedPrune } from "./options/asked.js";
import type { Job } from "./progress.js";
import type { BlocksReport } from "./reports/blocks-report.js";
import type { Store } from "./store/store.js";

/** A model without some of its blocks, and what is then asked of it. */
export interface Shallower<Model, Edit> {
  readonly opened: Opened<Model, Edit>;
  readonly asked: AskedPrune;
}

/** The models that a depth asks for, one after the other from the deepest: one, unless it is to be found by trying. */
export async function* shallower<Model, Edit>(
  opened: Opened<Model, Edit>,
  asked: AskedPrune,
  store: Store,
  job: Job,
): AsyncGenerator<Shallower<Model, Edit>> {
  const { depth, blocks: named } = asked;
  if (depth === undefined && named === undefined) {
    yield { opened, asked };
    return;
  }
  const all = opened.blocks?.() ?? [];
  if (all.length === 0)
    throw new WorkflowError("nothing-removed", { why: "there is no residual branch that could leave whole" });
  // Both networks are fed the same samples there, by the same names.
  if (asked.io === "cache" && (asked.recover || asked.train || asked.keep))
    throw badOption(
      "io: cache",
      "caches leave with their blocks, and what is left can't be fitted to samples of the whole; add {recover: none}, or leave {io} out",
    );
  const without = (names: readonly string[]): Shallower<Model, Edit> => {
    if (names.length === 0) return { opened, asked };
    const { norms } = opened.backend.form ?? {};
    const small = formed(opened, {
      blocks: names,
      ...(norms === "masked" && { norms }),
      ...(asked.io === "cache" && { caches: "leave" as const }),
    });
    return { opened: small, asked: { ...asked, choice: choiceFor(asked.choice, opened, small) } };
  };
  if (named) {
    yield without(named);
    return;
  }
  const most = depth === "auto" ? Math.ceil(all.length / 2) : countOf(depth as number, all.length);
  if (!asked.samples || !opened.rankBlocks) throw badOption("depth", "it needs samples; add {data: PATH}");
  await job.begin("depth");
  const ranked = await opened.rankBlocks(asked.samples, { count: most, seed: asked.seed }, store, job);
  if (depth !== "auto") {
    yield without(ranked);
    return;
  }
  for (let k = 0; k <= ranked.length; k++) yield without(ranked.slice(0, k));
}

function countOf(depth: number, all: number): number {
  const count = depth < 1 ? Math.round(depth * all) : depth;
  if (count > all) throw badOption("depth", `there are ${all} blocks`);
  return Math.max(1, count);
}

/** What units are asked to leave, of what blocks left; nothing, where that is as little as was asked for. */
function choiceFor<Model, Edit>(
  choice: AskedPrune["choice"],
  whole: Opened<Model, Edit>,
  small: Opened<Model, Edit>,
): AskedPrune["choice"] {
  const { target, ...rest } = choice;
  if (!target) return choice;
  const { resource, amount } = resourceOf(target);
  if (resource === "latency" || resource === "gzip") {
    if (isQuantity(resource, amount)) return choice;
    throw badOption(
      "target",
      `beside {depth} or {blocks}, ${resource} is a quantity, such as "15 ms" or "8 MB"`,
    );
  }
  const [before, after] = [whole, small].map(({ backend, model, trace }) => backend.cost(model, trace)) as [
    Cost,
    Cost,
  ];
  const [most, least] = [before[resource], after[resource]];
  if (most === null || least === null)
    throw badOption("target", "the work isn't known at the sizes that the model leaves open; add {sizes}");
  const wanted = amountOf(resource, amount, most);
  if (wanted >= least) return { ...rest, ratio: 0 };
  return { ...rest, target: { [resource]: wanted / least } as unknown as Target };
}

/** Whether an amount is the same whatever it is a share of. */
const isQuantity = (resource: "latency" | "gzip", amount: Amount): boolean =>
  amountOf(resource, amount, 1) === amountOf(resource, amount, 2);

/** What left whole, and its law; throws where that is broken. */
export async function blocksReport<Model, Edit>(
  { gone }: Opened<Model, Edit>,
  verify: boolean,
  job: Job,
): Promise<BlocksReport | undefined> {
  if (!gone) return undefined;
  const law = verify ? await gone.check(job) : null;
  if (law && !law.holds)
    throw new WorkflowError("law-broken", { error: law.error, tolerance: law.tolerance, jumps: law.jumps });
  const { of, removed, caches } = gone;
  return { of, removed, ...(caches && { caches }), law };
}
