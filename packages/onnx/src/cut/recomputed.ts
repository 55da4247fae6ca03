import type { Cut, Trace } from "@prune/graph";
import { deadCells, type Selector } from "@prune/graph/advanced";
import { foldConstants } from "../fold/fold.js";
import type { Model, Weight } from "../model.js";
import { implicitInputs, order } from "../order.js";
import { decodeTensor } from "../read/decode-tensor.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";

/**
 * Constants that are computed from stored tensors of which a cut removes positions (norms of a codebook's rows, say):
 * they are what they would be were those positions zero.
 */
export interface Recomputed {
  /** The stored tensors behind them, with what is removed set to zero. */
  readonly zeroed: ReadonlyMap<string, Weight>;
  /** The constants. */
  readonly names: ReadonlySet<string>;
  value(name: string): Tensor | undefined;
}

export function recomputed(
  model: Model,
  source: OnnxSource,
  trace: Trace,
  removing: Pick<Cut, "living">,
): Recomputed {
  const cut = cutWeights(source, trace, removing);
  const behind = new Map<string, readonly string[]>();
  const names = new Set<string>();
  const used = new Map<string, Weight>();
  for (const node of source.nodes) {
    if (!node.outputs.every((name) => name === "" || source.isConstant(name))) continue;
    const from = [...node.inputs, ...implicitInputs(node)].flatMap(
      (name) => behind.get(name) ?? (cut(name) ? [name] : []),
    );
    if (from.length === 0) continue;
    for (const name of node.outputs) {
      if (name === "") continue;
      behind.set(name, [...new Set(from)]);
      if (!trace.isComputed(name)) continue;
      names.add(name);
      for (const tensor of from) used.set(tensor, cut(tensor) as Weight);
    }
  }
  let constants: ReturnType<typeof foldConstants> | undefined;
  return {
    zeroed: used,
    names,
    value(name) {
      const initializers = new Map([...model.graph.initializers, ...used]);
      const graph = { ...model.graph, initializers };
      constants ??= foldConstants(graph, model.opsets.get("") ?? 1, order(graph));
      return constants.value(name);
    },
  };
}

/** Stored tensors that a cut removes elements of, by name, with those set to zero; looked at when they are asked for. */
function cutWeights(
  source: OnnxSource,
  trace: Trace,
  removing: Pick<Cut, "living">,
): (name: string) => Weight | undefined {
  let selectorsOf: Map<string, readonly Selector[]> | undefined;
  const known = new Map<string, Weight | undefined>();
  const find = (name: string): Weight | undefined => {
    selectorsOf ??= new Map(
      trace.parameters.flatMap(({ tensor, use, derived, selectors }) =>
        use || derived ? [] : [[tensor, selectors] as const],
      ),
    );
    const selectors = selectorsOf.get(name);
    const weight = selectors && source.weight(name);
    if (!weight || weight.filled || weight.elementBytes === undefined) return undefined;
    const eachDead = deadCells(selectors, removing);
    return eachDead && zeroed(weight, eachDead);
  };
  return (name) => {
    if (!known.has(name)) known.set(name, find(name));
    return known.get(name);
  };
}

/** A stored tensor with the elements that don't live set to zero. */
function zeroed(weight: Weight, eachDead: NonNullable<ReturnType<typeof deadCells>>): Weight {
  const { range: _, ...rest } = weight;
  const size = weight.elementBytes as number;
  const bytes = (): Uint8Array => {
    const all = weight.bytes().slice();
    eachDead((element) => {
      all.fill(0, element * size, (element + 1) * size);
    });
    return all;
  };
  return {
    ...rest,
    external: false,
    bytes,
    tensor: () => decodeTensor(weight.dtype, weight.shape, bytes(), weight.elementType, weight.name),
  };
}
