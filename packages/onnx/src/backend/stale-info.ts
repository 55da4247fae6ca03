import { type Dim, type Followed, shapeOf } from "@prune/graph/advanced";
import type { Model, ValueInfo } from "../model.js";
import { sourceOf } from "./source-of.js";

/**
 * Tensors of a model of which its value_info says another shape than follows from its operators, or that nothing makes:
 * what exporters left, or a cut did. Runtimes infer these shapes themselves, and may refuse a model for wrong ones.
 */
export function staleInfo({ graph }: Model, trace: Followed): ReadonlySet<string> {
  const made = new Set([
    ...graph.nodes.flatMap(({ outputs }) => outputs),
    ...graph.initializers.keys(),
    ...graph.inputs.map(({ name }) => name),
  ]);
  const source = sourceOf(trace);
  const inferred = (name: string): readonly Dim[] | undefined => {
    const layout = trace.tensors.get(name)?.layout;
    if (layout) return shapeOf(layout);
    return (
      graph.initializers.get(name)?.shape ?? (source.isConstant(name) ? source.value(name)?.shape : undefined)
    );
  };
  const stale = [...graph.valueInfo.values()].filter(
    ({ name, shape }) => !made.has(name) || !agree(shape, inferred(name)),
  );
  return new Set(stale.map(({ name }) => name));
}

/** A stated number must be what is inferred; a symbol may be any size. */
const agree = (stated: ValueInfo["shape"], inferred: readonly Dim[] | undefined): boolean =>
  !stated ||
  !inferred ||
  (stated.length === inferred.length &&
    stated.every((size, i) => typeof size !== "number" || size < 0 || size === inferred[i]));
