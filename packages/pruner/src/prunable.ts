import type { Backend, Cost, Trace } from "@prune/graph";
import { partsOf } from "./parts.js";

/** Parameters that some unit may take along, and which share of all they are. */
export interface Prunable {
  readonly parameters: number;
  readonly share: number;
}

/**
 * What `prune` would offer of a model: everything that some unit may take along. Stored numbers that leave only when
 * asked for by name are not among it.
 */
export function prunableOf<Model>(
  model: Model,
  backend: Pick<Backend<Model>, "cost">,
  trace: Trace,
  cost: Cost = backend.cost(model, trace),
): Prunable {
  const cut = trace.cut({ units: offeredUnits(trace), atoms: [] });
  const parameters = cost.parameters - backend.cost(model, trace, cut).parameters;
  return { parameters, share: cost.parameters === 0 ? 0 : parameters / cost.parameters };
}

/** Units of all families but those of stored numbers. */
export function offeredUnits(trace: Trace): number[] {
  const parts = partsOf(trace);
  const offered: number[] = [];
  for (const { id, units } of trace.families)
    if (parts[id] !== "numbers") for (const unit of units) offered.push(unit);
  return offered;
}
