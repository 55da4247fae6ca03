import type { Family, Probe } from "@prune/graph";
import type { Member, Parameter } from "@prune/graph/advanced";

/** The probe of the same model with a family's units stored in another order: unit i where unit order[i] was. */
export function swappedProbe(probe: Probe, family: Family, order: readonly number[]): Probe {
  const { trace } = probe;
  const at = Array.from(family.units, (u) => {
    const places = new Map<number, number>();
    trace.eachPlace(u, (member, position) => void places.set(member, position));
    return places;
  });
  return {
    ...probe,
    weights(tensor) {
      const found = probe.weights(tensor);
      const moved = new Set<string>();
      let data = found?.data;
      for (const m of family.members) {
        const { parameter, selector } = trace.members[m] as Member;
        const key = `${selector.view}:${selector.dims}`;
        if (!data || parameter.tensor !== tensor || moved.has(key)) continue;
        moved.add(key);
        const from = Int32Array.from(selector.ids.keys());
        order.forEach((j, i) => {
          from[at[i]?.get(m) as number] = at[j]?.get(m) as number;
        });
        data = gathered(data, selector, from);
      }
      return found && data && { ...found, data };
    },
  };
}

/** Element by element: the position of the selector's dims is replaced, the rest stays. */
function gathered(
  data: Float32Array,
  { view, dims }: Parameter["selectors"][number],
  from: Int32Array,
): Float32Array {
  const out = new Float32Array(data.length);
  const strides = view.map((_, d) => view.slice(d + 1).reduce((a, b) => a * b, 1));
  const sizes = dims.map((d) => view[d] as number);
  for (let e = 0; e < data.length; e++) {
    let position = 0;
    let base = e;
    dims.forEach((d, k) => {
      const coordinate = Math.floor(e / (strides[d] as number)) % (sizes[k] as number);
      position = position * (sizes[k] as number) + coordinate;
      base -= coordinate * (strides[d] as number);
    });
    let source = from[position] as number;
    for (let k = dims.length - 1; k >= 0; k--) {
      base += (source % (sizes[k] as number)) * (strides[dims[k] as number] as number);
      source = Math.floor(source / (sizes[k] as number));
    }
    out[e] = data[base] as number;
  }
  return out;
}
