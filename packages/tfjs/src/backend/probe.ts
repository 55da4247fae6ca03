import type { Probe, Trace } from "@prune/graph";
import { TfjsError } from "../errors.js";
import { sourceOf } from "../source.js";

/** Weights by tensor name, decoded when asked for and not kept; integers have none. */
export function probeOf(trace: Trace): Probe {
  const source = sourceOf(trace);
  return {
    trace,
    weights(tensor) {
      const data = source.values(tensor);
      const shape = source.shapeOf(tensor);
      if (!data || !shape) return undefined;
      data.forEach((value, index) => {
        if (value - value !== 0) throw new TfjsError("non-finite", { tensor, index, value });
      });
      return { shape, data };
    },
  };
}
