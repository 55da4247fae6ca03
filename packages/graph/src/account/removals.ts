import type { Cut } from "../cut/cut.js";
import type { Removal } from "../plan/plug-in.js";
import type { Trace } from "../trace/open-trace.js";
import type { Parameter } from "../trace/value.js";

type Selectors = Removal["selectors"];

/** What a cut removes from each parameter's tensor; of one that several uses cut apart, what all of them remove. */
export function removalsOf({ parameters: all, source }: Trace, cut: Cut): Removal[] {
  const byTensor = new Map<string, Parameter[]>();
  for (const parameter of all) {
    const list = byTensor.get(parameter.tensor) ?? [];
    list.push(parameter);
    byTensor.set(parameter.tensor, list);
  }
  const readers = countReaders(source.nodes);
  const removals: Removal[] = [];
  for (const [tensor, parameters] of byTensor) {
    if (!parameters.some((parameter) => cut.isCut(parameter))) continue;
    const selectors = common(parameters, readers.get(tensor) ?? 0, cut);
    if (selectors.length > 0) removals.push({ tensor, shape: (parameters[0] as Parameter).shape, selectors });
  }
  return removals;
}

function countReaders(nodes: Trace["source"]["nodes"]): Map<string, number> {
  const count = new Map<string, number>();
  for (const { inputs } of nodes) for (const name of inputs) count.set(name, (count.get(name) ?? 0) + 1);
  return count;
}

/** A reader whose use is not among the parameters keeps all. */
function common(parameters: readonly Parameter[], readers: number, cut: Cut): Selectors {
  const alone = parameters.filter(({ use }) => use).length;
  if (alone === parameters.length && readers > alone) return [];
  const [first = [], ...others] = parameters.map((parameter) => cut.removed(parameter));
  if (others.every((list) => JSON.stringify(list) === JSON.stringify(first))) return first;
  return first.flatMap(({ view, dims, removed }) => {
    const rest = others.map(
      (list) =>
        new Set(
          list.find((s) => String(s.view) === String(view) && String(s.dims) === String(dims))?.removed,
        ),
    );
    const all = removed.filter((i) => rest.every((gone) => gone.has(i)));
    return all.length > 0 ? [{ view, dims, removed: all }] : [];
  });
}
