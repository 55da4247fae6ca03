import type { Backend, Cut, GraphNode, GraphSource, Removal, Trace } from "@prune/graph";
import {
  batchOf,
  type Counting,
  costOf,
  costsOf,
  type Followed,
  faultOf,
  followGraph,
  nameOf,
  openInputs,
  openingTrace,
  removalsOf as removalsFrom,
  type SizeOptions,
  type Sizes,
  type Steps,
  sha256,
  wholeOf,
} from "@prune/graph/advanced";
import { TfjsError } from "../errors.js";
import { sourceOf, type TfSource } from "../source.js";
import { probeOf } from "./probe.js";

/** What the two kinds of models do each in its own way. */
export interface Kind<Model, Node extends GraphNode, Source extends TfSource & GraphSource<Node>> {
  readonly name: string;
  source(model: Model): Source;
  /** Multiply-accumulates of one run of a node. */
  macs(node: Node, sizes: Sizes): number | undefined;
  cut(model: Model, source: Source, trace: Trace, cut: Cut): Model;
  /** Bytes of the model as it is stored. */
  size(model: Model, source: Source): number;
  /** All that makes the model what it is, however it is stored. */
  content(model: Model, source: Source): Uint8Array;
}

/** The backend of one kind of models. */
export function backendOf<Model, Node extends GraphNode, Source extends TfSource & GraphSource<Node>>(
  kind: Kind<Model, Node, Source>,
  at: SizeOptions,
): Backend<Model> {
  function* tracing(model: Model): Steps<Trace> {
    const source = kind.source(model);
    yield;
    return yield* openingTrace<Node>(source);
  }
  /** A model of ours that is no valid one is a cut that went wrong. */
  const followed = (model: Model): Followed => {
    try {
      return followGraph<Node>(kind.source(model));
    } catch (error) {
      if (!TfjsError.is(error, "malformed")) throw error;
      const { where, why } = error.detail;
      throw new TfjsError("inconsistent-cut", { tensor: where, what: why }, { cause: error });
    }
  };
  const countings = new WeakMap<Trace, Counting>();
  const counted = (from: Trace): Counting => {
    const source = sourceOf<Source>(from);
    const made =
      countings.get(from) ??
      countingOf(source, (node, sizes) => kind.macs(source.nodes[node] as Node, sizes), at);
    countings.set(from, made);
    return made;
  };
  return {
    name: kind.name,
    trace: wholeOf(tracing),
    probe: (_, from) => probeOf(from),
    cut(model, from, cut) {
      const after = kind.cut(model, sourceOf<Source>(from), from, cut);
      const fault = faultOf(from, followed(after), cut);
      if (fault) throw new TfjsError("inconsistent-cut", fault);
      return after;
    },
    cost(model, from, cut) {
      return costOf(from, counted(from), kind.size(model, sourceOf<Source>(from)), cut);
    },
    costs: (_, from, cut) => costsOf(from, counted(from), cut),
    removals: (_, from, cut) => removalsOf(from, cut),
    hash: (model) => sha256(kind.content(model, kind.source(model))),
  };
}

/** What a cut removes from every stored tensor, and from those that are computed. */
function removalsOf(trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  return removalsFrom(trace, cut).map((removal) =>
    source.weight(removal.tensor) ? removal : { ...removal, computed: true },
  );
}

/** What a model costs by its parts. */
const countingOf = (
  source: TfSource & Pick<GraphSource, "inputs">,
  macs: Counting["macs"],
  at: SizeOptions,
): Counting => ({
  macs,
  parameters({ tensor, shape }) {
    const { dtype } = source.weight(tensor) ?? { dtype: "float32" };
    return shape.length > 0 && dtype === "float32" ? count(shape) : 0;
  },
  bytes: ({ tensor, shape }) => count(shape) * (source.weight(tensor)?.elementBytes ?? 4),
  batch: batchOf(source.inputs.map(({ shape }) => shape?.map((dim) => nameOf(dim) ?? dim))),
  inputs: openInputs(source),
  at,
});

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
