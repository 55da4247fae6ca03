import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trace } from "@prune/graph";
import { type Model, type OnnxBackend, onnx } from "@prune/onnx";
import type { FreeEnds } from "@prune/onnx/advanced";
import { openModel, saveModel } from "@prune/onnx/node";
import { type Part, partsOf } from "@prune/pruner/advanced";
import { judge, type Law } from "@prune/runtime-ort";
import { type OpenLaw, openLaw, toleranceOf } from "@prune/runtime-ort/advanced";
import { type Mode, type ModePlan, planOf } from "./modes.js";
import { type Prunable, prunableOf } from "./prunable.js";

/** What came of pruning a model one way. */
export interface Outcome {
  readonly verdict: "exact" | "refused" | "wrong" | "not run" | "none";
  /** Why it was refused, what is wrong, or why it wasn't run. */
  readonly why: string;
  /** Share of the parameters' elements that are left. */
  readonly kept: number;
  readonly law:
    | (Pick<Law, "error" | "moved" | "noise" | "shapes" | "steps"> & {
        /** The error is above what rounding alone may make, and held against the model's own noise. */
        readonly byNoise: boolean;
      })
    | undefined;
}

export interface Proof {
  readonly parameters: number;
  readonly nodes: number;
  readonly prunable: Prunable;
  /** How many units may leave, by the part that they play. */
  readonly parts: ReadonlyMap<Part, number>;
  readonly outcomes: ReadonlyMap<Mode, Outcome>;
}

export interface ProveOptions {
  readonly modes: readonly Mode[];
  /** Only plan, cut and check the cut by tracing it again. */
  readonly fast?: boolean;
  /** Random inputs to compare on, of other sizes where the graph leaves them open. @default 1 */
  readonly seeds?: number;
  /** Inputs and outputs that may shrink: see `onnx({ io })`. @default none */
  readonly io?: FreeEnds;
}

/** Prunes a model in several ways and holds each cut against the masked original. */
export async function prove(
  path: string,
  { modes, fast = false, seeds = 1, io = [] }: ProveOptions,
): Promise<Proof> {
  const backend = onnx({ io });
  const model = openModel(path);
  const trace = backend.trace(model);
  const prunable = prunableOf(trace);
  const { parameters } = backend.cost(model, trace);
  const folder = mkdtempSync(join(tmpdir(), "prune-proof-"));
  const outcomes = new Map<Mode, Outcome>();
  let original: Promise<OpenLaw> | undefined;
  const law = (): Promise<OpenLaw> => (original ??= openLaw(path, { seeds }));

  const outcomeOf = async (mode: Mode): Promise<Outcome> => {
    const plan = await planOf(backend, model, trace, mode);
    if (!plan) return { verdict: "none", why: "no rows", ...untouched };
    if (plan.removed === 0)
      return { verdict: "refused", why: refusal(plan, parameters, prunable), ...untouched };
    const kept = keptBy(backend, model, plan);
    if (fast) return { verdict: "exact", why: "", kept, law: undefined };
    try {
      await law();
    } catch (error) {
      return { verdict: "not run", why: (error as Error).message.split("\n")[0] ?? "", kept, law: undefined };
    }
    return checked({ backend, model, plan, original: await law(), folder });
  };

  try {
    for (const mode of modes) {
      const failed = (error: Error): Outcome => ({ verdict: "wrong", why: error.message, ...untouched });
      outcomes.set(mode, await outcomeOf(mode).catch(failed));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { parameters, nodes: model.graph.nodes.length, prunable, parts: countParts(trace), outcomes };
}

function countParts(trace: Trace): Map<Part, number> {
  const counts = new Map<Part, number>();
  partsOf(trace).forEach((part, f) => {
    counts.set(part, (counts.get(part) ?? 0) + (trace.families[f]?.units.length ?? 0));
  });
  return counts;
}

const untouched = { kept: 1, law: undefined };

function refusal({ why, trace }: ModePlan, parameters: number, { held }: Prunable): string {
  if (why[0]) return why[0];
  if (parameters === 0) return "it has no parameters";
  const all = trace.families.length === 0;
  return all ? (held[0]?.why ?? "no axis of a parameter is free") : "nothing of this kind is free";
}

const keptBy = (backend: OnnxBackend, model: Model, { trace, chosen }: ModePlan): number =>
  backend.cost(model, trace, chosen.cut).parameters / backend.cost(model, trace).parameters;

interface Job {
  readonly backend: OnnxBackend;
  readonly model: Model;
  readonly plan: ModePlan;
  readonly original: OpenLaw;
  readonly folder: string;
}

async function checked({ backend, model, plan, original, folder }: Job): Promise<Outcome> {
  const { trace, chosen } = plan;
  const [cut, masked] = [join(folder, "cut.onnx"), join(folder, "masked.onnx")];
  await saveModel(cut, model, backend.edit(model, trace, chosen.cut));
  await saveModel(masked, model, backend.mask(model, trace, chosen.cut));
  const law = await original.check({
    cut,
    masked,
    living: (tensor, dims) => backend.living(trace, chosen.cut, tensor, dims),
  });
  const tolerance = toleranceOf(model);
  const { holds } = judge(law, tolerance);
  return {
    verdict: holds ? "exact" : "wrong",
    why: law.sameForm ? "" : "outputs have other shapes or types",
    kept: keptBy(backend, model, plan),
    law: { ...law, byNoise: law.error > tolerance },
  };
}
