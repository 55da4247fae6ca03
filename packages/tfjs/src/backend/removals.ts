import type { Cut, Parameter, Removal, Selector, Trace } from "@prune/graph";
import { sourceOf } from "../source.js";
import { isCut } from "./uses.js";

type Selectors = Removal["selectors"];

/** What a cut removes from every stored tensor; of one that several uses cut apart, what all of them remove. */
export function removalsOf(trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  const byTensor = new Map<string, Parameter[]>();
  for (const parameter of trace.state.parameters.all) {
    const list = byTensor.get(parameter.tensor) ?? [];
    list.push(parameter);
    byTensor.set(parameter.tensor, list);
  }
  const removals: Removal[] = [];
  for (const [tensor, parameters] of byTensor) {
    if (!parameters.some((parameter) => isCut(parameter, cut))) continue;
    const { shape } = parameters[0] as Parameter;
    const selectors = common(trace, tensor, parameters, cut);
    if (selectors.length === 0) continue;
    removals.push({ tensor, shape, selectors, ...(source.weight(tensor) ? {} : { computed: true }) });
  }
  return removals;
}

function common(trace: Trace, tensor: string, parameters: readonly Parameter[], cut: Cut): Selectors {
  const lists = parameters.map(({ selectors }) =>
    selectors.map((s) => dead(s, cut)).filter(({ removed }) => removed.length > 0),
  );
  const [first = [], ...others] = lists;
  const { nodes } = trace.state.source;
  const readers = nodes.reduce((n, { inputs }) => n + inputs.filter((name) => name === tensor).length, 0);
  const alone = parameters.filter(({ use }) => use).length;
  if (alone > 0 && alone === parameters.length && readers > alone) return [];
  return first.flatMap(({ view, dims, removed }) => {
    const rest = others.map((list) =>
      list.find((s) => String(s.view) === String(view) && String(s.dims) === String(dims)),
    );
    const all = removed.filter((i) => rest.every((s) => s?.removed.includes(i)));
    return all.length > 0 ? [{ view, dims, removed: all }] : [];
  });
}

function dead({ view, dims, ids }: Selector, { life }: Cut): Selectors[number] {
  const removed: number[] = [];
  ids.forEach((id, i) => {
    if (life[id] === 0) removed.push(i);
  });
  return { view, dims, removed };
}
