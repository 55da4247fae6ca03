import type { Backend, Cut, Removal, Trace } from "@prune/graph";
import {
  type Counting,
  checkTaken,
  costOf,
  costsOf,
  followingGraph,
  openingTrace,
  type ResidualBlock,
  removalsOf as removalsFrom,
  type SizeOptions,
  type Steps,
  sha256,
  type Taken,
  wholeOf,
} from "@prune/graph/advanced";
import { findBlocks } from "@prune/graph/rules";
import { findStreams, type Stream } from "../basis/find-stream.js";
import { rotateStream } from "../basis/rotate-stream.js";
import { summed } from "../blocks/sums.js";
import { maskBlocks, withoutBlocks } from "../blocks/without-blocks.js";
import { cutModel } from "../cut/cut-model.js";
import { createDraft } from "../cut/draft.js";
import { patchNodes } from "../cut/operands.js";
import { endsOf, type FreeEnds } from "../ends/ends.js";
import { flatGraphOf, flatModel } from "../flat/flat-model.js";
import { nestedEdit } from "../flat/nested-edit.js";
import { type LivingCells, livingCells } from "../mask/living.js";
import { maskModel } from "../mask/mask-model.js";
import { zeroedModel } from "../mask/zeroed-model.js";
import type { GraphEdit, Model } from "../model.js";
import { compensate } from "../norms/compensate.js";
import type { Norms } from "../norms/whole.js";
import type { OnnxNode, Rules } from "../operators/node.js";
import { rules as standardRules } from "../operators/operators.js";
import { type OwnOperators, withOperators } from "../operators/own.js";
import { hashFile } from "../outline/hash-file.js";
import { readModel } from "../read/read-model.js";
import { type OnnxSource, onnxSource } from "../trace/source.js";
import { joining } from "../write/rope.js";
import { splice } from "../write/splice.js";
import { inlineStore } from "../write/store.js";
import { checkModel } from "./check-model.js";
import { storedRemovals } from "./computed.js";
import { countingOf, storedBytes } from "./counting.js";
import { editedModel } from "./edited-model.js";
import { probeOf } from "./probe.js";
import { sourceOf } from "./source-of.js";
import { staleInfo } from "./stale-info.js";

/** How ONNX models are traced, counted and cut. */
export interface OnnxOptions extends SizeOptions {
  /** Operator rules; extend by spreading: `{ ...rules, "my.domain:Op": rule }`. */
  readonly rules?: Rules;
  /** Whole records of operators of your own, of which a rule is one part: `{ "my.domain:Op": { rule, mask, macs } }`. */
  readonly operators?: OwnOperators;
  /** What norms over a cut axis take their statistics over. @default "live" */
  readonly norms?: Norms;
  /**
   * Inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run, or
   * names, in which `*` stands for anything. @default none
   */
  readonly io?: FreeEnds | undefined;
}

/** ONNX models: traced, cut, counted. */
export interface OnnxBackend extends Backend<Model> {
  readonly rules: Rules;
  /** Records of operators that it was given; undefined if there are none. */
  readonly operators?: OwnOperators | undefined;
  readonly norms: Norms;
  /** The same with other norms; it takes this one's traces. */
  withNorms(norms: Norms): OnnxBackend;
  /** The same, whose costs are counted at these sizes of what models leave open; it takes this one's traces. */
  withSizes(at: SizeOptions): OnnxBackend;
  /** A cut as an edit, checked; write it with `saveModel` without a copy of the weights in memory. */
  edit(model: Model, trace: Trace, cut: Cut): GraphEdit;
  /** Residual branches that can leave whole, in topological order. */
  blocks(model: Model, trace: Trace): readonly ResidualBlock[];
  /**
   * The model without some of its blocks. Its inputs and outputs stay, unless caches of theirs that `io` frees are to
   * `leave` with them, or those that are left to be `renumbered` too, as if the model had been made with fewer layers.
   */
  withoutBlocks(
    model: Model,
    trace: Trace,
    blocks: readonly ResidualBlock[],
    caches?: "stay" | "leave" | "renumbered",
  ): GraphEdit;
  /** The model with what the branches of blocks give set to zero: the other side of their law. */
  maskBlocks(model: Model, trace: Trace, blocks: readonly ResidualBlock[]): GraphEdit;
  /** Residual streams that linear maps write and norms read, so that any rotation of them changes nothing. */
  streams(model: Model, trace: Trace): readonly Stream[];
  /** The model with a stream in another orthonormal basis: width x width, a column per new unit. It computes the same. */
  rotated(model: Model, trace: Trace, stream: Stream, basis: Float64Array): GraphEdit;
  /** Nodes that take statistics over positions that a cut removes: what `norms` makes a difference to. */
  normsOver(model: Model, trace: Trace, cut: Cut): readonly string[];
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. Shapes stay. */
  mask(model: Model, trace: Trace, cut: Cut): GraphEdit;
  /**
   * The original with stored elements set to zero, as anyone would do it by hand, and statistics over what lives of a
   * cut: the law's other mask. What `removals` hold besides the cut is zero and no more.
   */
  zeroed(model: Model, trace: Trace, cut: Cut, removals: readonly Removal[]): GraphEdit;
  /** What a cut leaves of a tensor that has these dims in a run: "all" of it, or some cells; undefined if that can't be known. */
  living(trace: Trace, cut: Cut, tensor: string, dims: readonly number[]): LivingCells | "all" | undefined;
}

const taken: Taken<OnnxOptions> = {
  ...{ rules: [], operators: [], norms: ["live", "masked"], io: undefined, sizes: [], sampleSizes: [] },
};

/** The ONNX backend. */
export function onnx(options: OnnxOptions = {}): OnnxBackend {
  checkTaken("onnx", options, taken);
  const { rules = standardRules, norms = "live", io = [], sizes = {}, sampleSizes = {} } = options;
  const { operators } = options;
  /** One graph, whose nodes carry the records that were given. */
  const flatOf = (model: Model): Model => flatModel(operators ? withOperators(model, operators) : model);
  const isFlat = (model: Model): boolean => flatGraphOf(flatOf(model)) === undefined;
  const countings = new WeakMap<Trace, Counting>();
  const counting = (model: Model, from: Trace): Counting => {
    const made = countings.get(from) ?? countingOf(model, from, { sizes, sampleSizes });
    countings.set(from, made);
    return made;
  };
  const sourceFrom = (model: Model): OnnxSource => onnxSource(flatOf(model), rules, io);

  function* tracing(model: Model): Steps<Trace> {
    const source = sourceFrom(model);
    yield;
    return yield* openingTrace(source);
  }

  function* editing(whole: Model, from: Trace, cut: Cut): Steps<GraphEdit> {
    const model = flatOf(whole);
    const { edit: made } = cutModel(model, sourceOf(from), from, cut, norms);
    yield;
    const after = editedModel(model, made);
    yield;
    const again = yield* followingGraph(sourceFrom(after));
    yield;
    checkModel(model, after, made, { traced: from, again, cut });
    const stale = staleInfo(after, again);
    const keepValueInfo = (name: string): boolean => made.keepValueInfo(name) && !stale.has(name);
    return nestedEdit(model, { ...made, keepValueInfo });
  }

  function* cutting(model: Model, from: Trace, cut: Cut): Steps<Model> {
    const made = yield* editing(model, from, cut);
    yield;
    const bytes = yield* joining(splice(model, made, inlineStore));
    return readModel(bytes, model.external && { external: model.external });
  }

  return {
    name: "onnx",
    rules,
    ...(operators && { operators }),
    norms,
    withNorms: (other) => onnx({ ...options, norms: other }),
    withSizes: (at) => onnx({ ...options, ...at }),
    ...(norms === "masked" && { form: { norms } }),
    trace: wholeOf(tracing),
    probe: (_, from) => probeOf(from),
    edit: wholeOf(editing),
    blocks: (model, from) =>
      // The same branch lies in several bodies of a merged decoder, which go together.
      isFlat(model)
        ? findBlocks<OnnxNode>(from, { sum: summed, costs: costsOf(from, counting(model, from)) })
        : [],
    withoutBlocks(model, from, blocks, caches = "stay") {
      const end = endsOf(model.graph, io);
      const isFree = (name: string): boolean => end(name) === "free";
      const how = caches === "stay" ? undefined : { isFree, renumber: caches === "renumbered" };
      return withoutBlocks(model, sourceOf(from), blocks, how);
    },
    maskBlocks: (model, from, blocks) => maskBlocks(model, sourceOf(from), blocks),
    streams: (model, from) => (isFlat(model) ? findStreams(model, sourceOf(from), from) : []),
    rotated: (model, from, stream, basis) => rotateStream(model, sourceOf(from), stream, basis),
    normsOver(whole, from, cut) {
      const model = flatOf(whole);
      const [source, draft] = [sourceOf(from), createDraft(model)];
      patchNodes(source, from, cut, draft);
      return compensate(model, source, from, cut, draft);
    },
    mask: (model, from, cut) => {
      const flat = flatOf(model);
      return nestedEdit(flat, maskModel(flat, sourceOf(from), from, cut, norms));
    },
    zeroed: (model, from, cut, removals) => {
      const flat = flatOf(model);
      return nestedEdit(flat, zeroedModel(flat, sourceOf(from), from, cut, removals, norms));
    },
    living: (from, cut, tensor, dims) => livingCells(from, cut, tensor, dims),
    cut: wholeOf(cutting),
    cost: (model, from, cut) => costOf(from, counting(model, from), storedBytes(model, from), cut),
    costs: (model, from, cut) => costsOf(from, counting(model, from), cut),
    removals: removalsOf,
    hash: async (model) =>
      model.outlined ? hashFile(model.outlined.file) : sha256(model.inlined?.original ?? model.source),
  };
}

/** What a cut removes from every stored tensor, and from those computed ones that have no coordinates in them. */
function removalsOf(_: Model, trace: Trace, cut: Cut): Removal[] {
  const source = sourceOf(trace);
  const removals: Removal[] = [];
  const computed: Removal[] = [];
  for (const removal of removalsFrom(trace, cut)) {
    const weight = source.weight(removal.tensor);
    if (weight?.filled) removals.push({ ...removal, computed: true });
    else if (weight) removals.push(removal);
    else computed.push({ ...removal, computed: true });
  }
  return [...removals, ...storedRemovals(source, computed)];
}
