import { type Cut, createCut, type Trace } from "@prune/graph";
import { type Model, type OnnxBackend, onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";

/** A model with its trace. */
export interface Traced {
  readonly path: string;
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly trace: Trace;
}

export function openTraced(path: string): Traced {
  const model = openModel(path);
  const backend = onnx();
  return { path, model, backend, trace: backend.trace(model) };
}

/** The cut of everything that may leave: what is left of a parameter then is not prunable. */
export function cutOfAll({ units, state, families }: Trace): Cut {
  const all: number[] = [];
  for (const family of families)
    for (const unit of family.units)
      for (let i = units.start[unit] ?? 0; i < (units.start[unit + 1] ?? 0); i++)
        all.push(units.atoms[i] ?? 0);
  return createCut(state, all);
}
