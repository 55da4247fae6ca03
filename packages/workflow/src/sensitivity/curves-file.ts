import type { Cost } from "@prune/graph";
import type { SensitivityCurve } from "@prune/pruner";
import { WorkflowError } from "../errors.js";
import { readJson } from "../store/read-json.js";
import type { Store } from "../store/store.js";
import type { Metric } from "./measure.js";

/** Sensitivity curves of one model, as they are stored. */
export interface CurvesFile {
  readonly format: "prune-sensitivity/1";
  readonly model: string;
  readonly sha256: string;
  readonly criterion: string;
  readonly metric: Metric;
  readonly samples: number;
  readonly seed: number;
  /** Of the model as it is. */
  readonly cost: Cost;
  readonly curves: readonly SensitivityCurve[];
}

/** Reads curves, which belong to one model. */
export async function readCurves(
  store: Store,
  path: string,
  sha256: string,
): Promise<readonly SensitivityCurve[]> {
  const bad = (why: string): WorkflowError => new WorkflowError("bad-curves", { path, why });
  const value = (await readJson(store, path)) as Partial<CurvesFile> | null;
  if (value?.format !== "prune-sensitivity/1" || !Array.isArray(value.curves) || !value.curves.every(isCurve))
    throw bad("it is not what `prune sensitivity --out` writes");
  if (value.sha256 !== sha256) throw bad(`they were measured on another model, ${value.model}`);
  return value.curves;
}

function isCurve(value: unknown): value is SensitivityCurve {
  const { family, units, points } = (value ?? {}) as Partial<SensitivityCurve>;
  return (
    Number.isSafeInteger(family) &&
    Number.isSafeInteger(units) &&
    Array.isArray(points) &&
    points.every(({ ratio, error, cost }: SensitivityCurve["points"][number]) =>
      [ratio, error, cost?.macs ?? 0, cost?.parameters, cost?.bytes].every(Number.isFinite),
    )
  );
}
