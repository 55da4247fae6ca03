import { checkMethods } from "./check-methods.js";
import { RecoveryError } from "./errors.js";
import { exact } from "./fit.js";
import { type FittedLayer, fitLayer } from "./fit-layer.js";
import { type Method, standardMethods } from "./method.js";
import { openSolver } from "./open-solver.js";
import type { Solver } from "./solver.js";
import { type Seconds, type Stopwatch, startStopwatch, timed } from "./stopwatch.js";
import type { Observed, Skipped, Twins } from "./twins.js";

/** Which methods compete, in how many rounds, solved by what. */
export interface RecoverOptions {
  /** What held-out samples choose from, layer by layer. @default least squares with several ridges, or the bias alone */
  readonly methods?: readonly Method[];
  /**
   * Rounds that fit what passes a following Relu in place of what enters it, and rounds that move a layer's outputs to
   * where the one layer that reads them needs them. @default 3
   */
  readonly rounds?: number;
  /** Solves the equations; stays open. @default worker threads for what is large, where there are any */
  readonly solver?: Solver;
  /** Goes on with a clock that was started before. */
  readonly stopwatch?: Stopwatch;
  readonly onProgress?: (done: number, total: number, layer: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What became of one layer. Errors are held-out mean squares relative to the dense output's variance. */
export interface LayerReport extends Omit<FittedLayer, "fits"> {
  readonly layer: string;
  readonly result: "refitted" | "exact" | "kept";
}

/** A refitted model, and what became of each of its layers. */
export interface Recovered<Model> {
  readonly model: Model;
  readonly layers: readonly LayerReport[];
  /** Layers that could not be refitted. */
  readonly skipped: readonly Skipped[];
  readonly seconds: Seconds;
}

/**
 * Refits every layer in order: from the pruned net's own inputs to the dense net's outputs, so that a layer mends
 * what those before it left. A refit that does not lower the layer's held-out error is not applied.
 */
export async function recover<Model>(
  twins: Twins<Model>,
  options: RecoverOptions = {},
): Promise<Recovered<Model>> {
  const { methods = standardMethods, rounds = 3, stopwatch = startStopwatch(), onProgress, signal } = options;
  if (!(Number.isInteger(rounds) && rounds >= 0))
    throw new RecoveryError("bad-option", { option: "rounds", value: rounds, want: "a whole number from 0" });
  checkMethods(methods);
  if (methods.length === 0)
    throw new RecoveryError("bad-option", { option: "methods", value: "none", want: "at least one method" });
  const own = options.solver ? undefined : openSolver();
  const solver = timed(options.solver ?? (own as Solver), stopwatch);
  const layers: LayerReport[] = [];
  try {
    for (const layer of twins.layers) {
      signal?.throwIfAborted();
      const observed = await twins.observe(layer);
      checkRows(layer, observed);
      const { fits: found, ...report } = await fitLayer(twins, layer, observed, { methods, rounds, solver });
      const fits = found && (await twins.holds?.(layer, found)) !== false ? found : undefined;
      await twins.accept(layer, fits);
      layers.push({ layer, ...report, result: fits ? "refitted" : report.before < exact ? "exact" : "kept" });
      onProgress?.(layers.length, twins.layers.length, layer);
    }
  } finally {
    await own?.close();
  }
  return { model: twins.model(), layers, skipped: twins.skipped, seconds: stopwatch.seconds() };
}

/** Throws where a layer's statistics are of no use. */
function checkRows(layer: string, { splits }: Observed): void {
  for (const { train, heldOut } of splits) {
    if (train.count === 0) throw new RecoveryError("no-rows", { layer });
    for (const { meanX, meanY, xx, yy } of [train, heldOut]) {
      const variances = meanX.map((_, i) => xx[i * meanX.length + i] as number);
      if (![meanX, variances].every((list) => list.every(Number.isFinite)))
        throw new RecoveryError("not-finite", { what: `The inputs of layer "${layer}" in the pruned model` });
      if (![meanY, yy].every((list) => list.every(Number.isFinite)))
        throw new RecoveryError("not-finite", {
          what: `The outputs of layer "${layer}" in the original model`,
        });
    }
  }
}
