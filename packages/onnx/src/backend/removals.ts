import type { Cut, Parameter, Removal, Selector, Trace } from "@prune/graph";
import type { Model } from "../model.js";
import type { OnnxSource } from "../trace/source.js";
import { storedRemovals } from "./computed.js";
import { sourceOf } from "./source-of.js";
import { isCut } from "./uses.js";

type Selectors = Removal["selectors"];

/** What a cut removes from every stored tensor; of one that several uses cut apart, what all of them remove. */
export function removalsOf(_: Model, trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  const byTensor = new Map<string, Parameter[]>();
  for (const parameter of trace.state.parameters.all) {
    const list = byTensor.get(parameter.tensor) ?? [];
    list.push(parameter);
    byTensor.set(parameter.tensor, list);
  }
  const removals: Removal[] = [];
  const computed: Removal[] = [];
  for (const [tensor, parameters] of byTensor) {
    if (!parameters.some((parameter) => isCut(parameter, cut))) continue;
    const { shape } = parameters[0] as Parameter;
    const selectors = common(source, tensor, parameters, cut);
    if (selectors.length === 0) continue;
    const weight = source.weight(tensor);
    if (weight?.filled) removals.push({ tensor, shape, selectors, computed: true });
    else if (weight) removals.push({ tensor, shape, selectors });
    else computed.push({ tensor, shape, selectors, computed: true });
  }
  return [...removals, ...storedRemovals(source, computed)];
}

function common(source: OnnxSource, tensor: string, parameters: readonly Parameter[], cut: Cut): Selectors {
  const lists = parameters.map(({ selectors }) =>
    selectors.map((s) => dead(s, cut)).filter(({ removed }) => removed.length > 0),
  );
  const [first = [], ...others] = lists;
  const readers = source.nodes.reduce(
    (n, { inputs }) => n + inputs.filter((name) => name === tensor).length,
    0,
  );
  const alone = parameters.filter(({ use }) => use).length;
  if (alone > 0 && alone === parameters.length && readers > alone) return [];
  if (others.every((list) => JSON.stringify(list) === JSON.stringify(first))) return first;
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
  for (let i = 0; i < ids.length; i++) if (life[ids[i] as number] === 0) removed.push(i);
  return { view, dims, removed };
}
