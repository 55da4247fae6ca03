import type { Cost } from "@prune/graph";
import { type Allocation, allocate, type Resource, type Target } from "@prune/pruner";
import { CliError } from "../errors.js";
import type { Drawn } from "../samples.js";
import { readCurves } from "./curves-file.js";
import { measureCurves, type Subject } from "./measure.js";

/** What each kind of budget saves most directly. */
const savings: Readonly<Record<Resource, keyof Cost>> = {
  macs: "macs",
  parameters: "parameters",
  bytes: "bytes",
  gzip: "bytes",
  latency: "macs",
};

interface Allocated extends Omit<Subject, "samples"> {
  readonly samples: Drawn | undefined;
  readonly target?: Target;
  readonly ignore?: readonly string[];
}

/** Ratios that save what the target is about, or units where there is none, at the least error. */
export async function allocated(
  subject: Allocated,
  by: "sensitivity" | { readonly curves: string },
  onProgress: (doing: string) => void,
): Promise<Allocation> {
  const { model, backend, trace, target, ignore, samples } = subject;
  const [resource] = Object.keys(target ?? {}) as Resource[];
  const how = { cost: backend.cost(model, trace), saving: resource ? savings[resource] : "units" } as const;
  if (by !== "sensitivity") return allocate(readCurves(by.curves, await backend.hash(model)), how);
  if (!samples)
    throw new CliError("bad-option", {
      option: "--allocation sensitivity",
      why: "it needs samples; add --data PATH",
    });
  return allocate(await measureCurves({ ...subject, samples: someOf(samples) }, { ignore, onProgress }), how);
}

/** Every sample runs once for each point of the curves: a few hundred do. */
const enough = 256;

function someOf(samples: Drawn): Drawn {
  const each = Math.ceil(samples.count / samples.batches.length);
  const batches = samples.batches.slice(0, Math.max(1, Math.ceil(enough / each)));
  const count = Math.min(samples.count, batches.length * each);
  return { ...samples, batches, count, labels: samples.labels?.subarray(0, count) };
}
