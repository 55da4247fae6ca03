import { allocate, type Target } from "@prune/pruner";
import type { Allocation, Resource } from "@prune/pruner/advanced";
import { badOption } from "../errors.js";
import type { Job } from "../progress.js";
import type { Drawn } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { readCurves } from "./curves-file.js";
import { measureCurves, type Subject } from "./measure.js";

/** What each kind of budget saves most directly. */
const savings: Readonly<Record<Resource, "macs" | "parameters" | "bytes">> = {
  macs: "macs",
  parameters: "parameters",
  bytes: "bytes",
  gzip: "bytes",
  latency: "macs",
};

interface Allocated<Model> extends Omit<Subject<Model>, "samples"> {
  readonly samples: Drawn | undefined;
  readonly target?: Target | undefined;
  readonly ignore?: readonly string[] | undefined;
}

/** Whether ratios are measured on samples, and not read from a file. */
export const isMeasured = (allocation: string | undefined): boolean =>
  allocation === "sensitivity" || allocation === "auto";

/** Ratios that save what the target is about, or units if there is none, at the least error; measured, or out of a file of curves. */
export async function allocated<Model>(
  subject: Allocated<Model>,
  by: string,
  store: Store,
  job: Job,
): Promise<Allocation> {
  const { opened, target, ignore, samples } = subject;
  const { model, backend, trace } = opened;
  const [resource] = Object.keys(target ?? {}) as Resource[];
  const how = { cost: backend.cost(model, trace), saving: resource ? savings[resource] : "units" } as const;
  if (by !== "sensitivity") return allocate(await readCurves(store, by, await backend.hash(model)), how);
  if (!samples) throw badOption("allocation: sensitivity", "it needs samples; add {data: PATH}");
  return allocate(await measureCurves({ ...subject, samples: someOf(samples) }, { ignore }, job), how);
}

/** Every sample runs once for each point of the curves: a few hundred do. */
const enough = 256;

function someOf(samples: Drawn): Drawn {
  const each = Math.ceil(samples.count / samples.batches.length);
  const batches = samples.batches.slice(0, Math.max(1, Math.ceil(enough / each)));
  const count = Math.min(samples.count, batches.length * each);
  return { ...samples, batches, count, labels: samples.labels?.subarray(0, count) };
}
