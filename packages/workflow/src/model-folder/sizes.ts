import type { Cut, Trace } from "@prune/graph";
import { type Dim, shapeOf } from "@prune/graph/advanced";
import type { Model, OnnxNode } from "@prune/onnx";
import { cachesOf } from "@prune/onnx/advanced";

type Selector = Trace["parameters"][number]["selectors"][number];

/** A size before and after a cut. */
export interface Resized {
  readonly before: number;
  readonly after: number;
}

/** Sizes of a decoder that configurations state; those that layers don't agree on say so. */
export interface DecoderSizes {
  readonly hidden: Resized | undefined;
  readonly heads: Resized | undefined;
  /** Heads of keys and values. */
  readonly groups: Resized | undefined;
  readonly headSize: Resized | undefined;
  /** How many layers with a cache there were, and which of them are left, where some left whole. */
  readonly layers?: { readonly before: number; readonly left: readonly number[] } | undefined;
  /** What became of widths of layers between two of the hidden width, by the width before. */
  readonly inner: ReadonlyMap<number, ReadonlySet<number>>;
  /** Sizes of which layers keep different ones. */
  readonly uneven: readonly string[];
}

/** Reads off a traced decoder and its cut what configurations say of it. */
export function sizesOf(model: Model, trace: Trace, cut: Cut): DecoderSizes {
  const uneven: string[] = [];
  const one = (what: string, found: readonly Resized[]): Resized | undefined => {
    const [first] = found;
    if (first && found.some(({ before, after }) => before !== first.before || after !== first.after))
      uneven.push(what);
    return first;
  };
  const nodes = trace.source.nodes as readonly OnnxNode[];
  const dim = (tensor: string | undefined, at: number): Resized[] => {
    const layout = trace.tensor(tensor)?.layout;
    if (!layout) return [];
    const [before, after] = [shapeOf(layout).at(at), cut.shape(layout).at(at)];
    return isNumber(before) && isNumber(after) ? [{ before, after }] : [];
  };
  const table = nodes.find(({ op, inputs }) => op === "Gather" && /input_ids$/.test(inputs[1] ?? ""));
  const hidden = one("the hidden width", dim(table?.outputs[0], -1));
  const caches = [...cachesOf(model.graph).names].filter(
    (name) => trace.tensor(name)?.layout?.rank === 4 && !/\bencoder\b/.test(name),
  );
  const groups = one(
    "heads of keys and values",
    caches.flatMap((name) => dim(name, 1)),
  );
  const headSize = one(
    "the size of heads",
    caches.flatMap((name) => dim(name, 3)),
  );
  const attended = nodes.filter(({ op }) => op === "Softmax" || op === "Attention");
  const scores = attended.flatMap(({ inputs }) =>
    trace.tensor(inputs[0])?.layout?.rank === 4 ? dim(inputs[0], 1) : [],
  );
  const stated = nodes.flatMap((node): Resized[] => {
    const count = node.attributes.get("num_heads");
    if (!/^(GroupQuery|MultiHead)Attention$/.test(node.op) || count?.kind !== "int") return [];
    const [width] = dim(node.outputs[0], -1);
    const each = width && width.before / count.value;
    if (!width || !each) return [];
    const left = headSize && headSize.before === each ? headSize.after : each;
    return [{ before: count.value, after: width.after / left }];
  });
  const heads = one("heads", scores.length > 0 ? scores : stated);
  return { hidden, heads, groups, headSize, inner: innerOf(trace, cut, hidden), uneven };
}

/**
 * Widths that layers of the hidden width sum over: those of feed-forward parts, and of heads together where nothing
 * tells these apart. What attention gives is named by head and dim.
 */
function innerOf(trace: Trace, cut: Cut, hidden: Resized | undefined): Map<number, Set<number>> {
  const found = new Map<number, Set<number>>();
  for (const parameter of trace.parameters) {
    const { shape, selectors } = parameter;
    if (!hidden || shape.length !== 2 || !shape.includes(hidden.before)) continue;
    const at = shape[0] === hidden.before ? 1 : 0;
    const isSummed = selectors.some(
      ({ view, dims, role }) => role === "in" && view.length === 2 && dims.length === 1 && dims[0] === at,
    );
    if (!isSummed || selectors.some((selector) => isOfHeads(trace, selector, at))) continue;
    const before = shape[at] as number;
    const after = cut.shapeLeft(parameter)[at] as number;
    found.set(before, (found.get(before) ?? new Set()).add(after));
  }
  return found;
}

const isOfHeads = (trace: Trace, { dims, ids, role }: Selector, at: number): boolean =>
  role === "in" && dims.length === 1 && dims[0] === at && ids.some((id) => trace.atomsOf(id).length > 1);

const isNumber = (dim: Dim | undefined): dim is number => typeof dim === "number";
