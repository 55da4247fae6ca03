import type { GraphSource, SizesByName } from "@prune/graph";
import { openInputs, openName } from "@prune/graph/advanced";
import type { Drawn } from "./draw-samples.js";

/** Sizes that samples have of what a model's inputs leave open; costs are of one of them, whatever a batch holds. */
export function sizesIn({ batches: [first = {}] }: Drawn, source: Pick<GraphSource, "inputs">): SizesByName {
  const sizes: Record<string, number> = Object.create(null);
  for (const input of openInputs(source))
    first[input.name]?.dims.forEach((size, place) => {
      const name = place === 0 ? undefined : openName(input, place);
      if (name !== undefined) sizes[name] = size;
    });
  return sizes;
}
