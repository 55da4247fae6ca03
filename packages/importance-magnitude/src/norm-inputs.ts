import type { Trace } from "@prune/graph";

const known = new WeakMap<Trace["state"], Map<string, Set<string>>>();

/** Tensors at some inputs of batch normalisations: 1 scales, 2 shifts, 3 and 4 running mean and variance. */
export function normInputs({ state }: Trace, inputs: readonly number[]): ReadonlySet<string> {
  const cache = known.get(state) ?? new Map<string, Set<string>>();
  known.set(state, cache);
  const found = cache.get(inputs.join()) ?? new Set<string>();
  if (!cache.has(inputs.join())) {
    for (const { op, inputs: names } of state.source.nodes)
      if (/^(Fused)?BatchNorm(alization|V\d)?$/.test(op))
        for (const i of inputs) if (names[i]) found.add(names[i]);
    cache.set(inputs.join(), found);
  }
  return found;
}
