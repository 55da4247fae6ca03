import type { Cut, Trace } from "@prune/graph";
import { type Model, type OnnxBackend, onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";

/** A model with its trace. */
export interface Traced {
  readonly path: string;
  readonly model: Model;
  readonly backend: OnnxBackend;
  readonly trace: Trace;
}

/** What reading put in place of what contained it, in numbers; undefined where the graph is as in the file. */
export interface InlinedCounts {
  /** Calls of local functions. */
  readonly functions: number;
  /** Ifs that take the same branch in every run. */
  readonly branches: number;
  /** Sequences of known length. */
  readonly sequences: number;
}

export function inlinedIn({ inlined }: Model): { readonly inlined?: InlinedCounts } {
  if (!inlined) return {};
  const { functions, branches, sequences } = inlined;
  return { inlined: { functions, branches, sequences } };
}

/** One line, or none. */
export function inlinedText(
  { functions, branches, sequences }: InlinedCounts = { functions: 0, branches: 0, sequences: 0 },
): string[] {
  const parts = [
    ...(branches > 0 ? [`${branches} If of one branch in every run`] : []),
    ...(functions > 0 ? [`${functions} calls of local functions`] : []),
    ...(sequences > 0 ? [`${sequences} sequences of known length`] : []),
  ];
  return parts.length > 0 ? [`inlined: ${parts.join(", ")}`] : [];
}

/** Opens a model and traces it; `check` sees it in between. */
export function openTraced(path: string, check?: (model: Model) => void): Traced {
  const model = openModel(path);
  check?.(model);
  const backend = onnx();
  return { path, model, backend, trace: backend.trace(model) };
}

/** The cut of everything that may leave: what is left of a parameter then is not prunable. */
export const cutOfAll = (trace: Trace): Cut =>
  trace.cut({ units: trace.families.flatMap(({ units }) => Array.from(units)), atoms: [] });
