import type { Cut, Parameter, Probe } from "@prune/graph";

/** What a criterion would see of the smaller model, in the original's coordinates: all that a cut removes is zero. */
export function maskedProbe(probe: Probe, cut: Cut): Probe {
  const uses = new Map<string, Parameter[]>();
  for (const parameter of probe.trace.state.parameters.all) {
    const list = uses.get(parameter.tensor) ?? [];
    list.push(parameter);
    uses.set(parameter.tensor, list);
  }
  return {
    ...probe,
    weights(tensor) {
      const found = probe.weights(tensor);
      const list = uses.get(tensor)?.map((parameter) => deadElements(parameter, cut.life));
      if (!found || !list || list.some((dead) => dead === undefined)) return found;
      const data = found.data.slice();
      for (let i = 0; i < data.length; i++) if (list.every((dead) => dead?.[i] === 1)) data[i] = 0;
      return { ...found, data };
    },
  };
}

/** 1 for every element of a parameter that a cut removes; undefined where it removes none. */
function deadElements({ shape, selectors }: Parameter, life: Uint8Array): Uint8Array | undefined {
  let dead: Uint8Array | undefined;
  for (const { view, dims, ids } of selectors) {
    if (ids.every((id) => life[id] === 1)) continue;
    dead ??= new Uint8Array(shape.reduce((a, b) => a * b, 1));
    const depth = Math.max(...dims) + 1;
    const run = view.slice(depth).reduce((a, b) => a * b, 1);
    const at = new Array<number>(depth).fill(0);
    for (let element = 0; element < dead.length; element += run) {
      const position = dims.reduce((index, dim) => index * (view[dim] as number) + (at[dim] as number), 0);
      if (life[ids[position] as number] === 0) dead.fill(1, element, element + run);
      for (let dim = depth - 1; dim >= 0 && ++at[dim]! === view[dim]; dim--) at[dim] = 0;
    }
  }
  return dead;
}
