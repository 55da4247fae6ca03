import type { Cut } from "../cut/cut.js";
import type { RemovedPositions } from "../cut/removed.js";
import type { OpenSize } from "../sizes/open-sizes.js";
import type { Trace } from "../trace/open-trace.js";
import type { Family } from "../units/families.js";

/** Stored values of a parameter, decoded. */
export interface WeightData {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /**
   * Elements [from, to) in row-major order, good until the next call: for callers that read a tensor of any size in
   * little memory. Only where it was asked for with `inStretches`, and not checked to be finite.
   */
  read?(from: number, to: number): Float32Array;
  /** The same as it is stored, for kernels that decode by themselves. Only beside `read`. */
  readonly stored?: StoredValues;
}

/** A parameter's values as they are stored, little-endian. */
export interface StoredValues {
  readonly type: "float32" | "float16" | "bfloat16";
  /** Bytes of elements [from, to): in `into`, which must hold as many, or a view on where they are. */
  read(from: number, to: number, into: Uint8Array): Uint8Array;
}

/** How a parameter is to be read. */
export interface WeightReading {
  /** Offer `read`, and decode `data` only when it is asked for. A probe may ignore this. */
  readonly inStretches?: boolean;
}

/** What a criterion may ask for. Backends and runtimes provide what they can. */
export interface Probe {
  readonly trace: Trace;
  /** A parameter's values by its tensor name; undefined if there are none to read. Throws if one is not finite. */
  weights(tensor: string, reading?: WeightReading): WeightData | undefined;
  /**
   * To be awaited in long loops of a criterion: lets other work run if none could for a while, and ends with the reason
   * of the caller's signal. Who asks for scores may leave it out.
   */
  breathe?(): Promise<void>;
}

/**
 * `covariances` are those of the inputs of the layers whose activations are needed; `gradients` those of a loss of
 * labelled samples; `curvature` the diagonal of its Gauss-Newton matrix, for which samples need no labels.
 */
export type Need = "weights" | "activations" | "covariances" | "gradients" | "curvature";

/** Scores units; low leaves first. */
export interface Importance {
  readonly name: string;
  readonly needs: readonly Need[];
  /** One finite score for each of `family.units`, in that order. */
  score(family: Family, probe: Probe): Promise<Float32Array>;
}

/** Multiply-accumulates of one sample, elements of parameters, and bytes of the stored model. */
export interface Cost {
  /** null where they can't be told: `uncounted` says why. */
  readonly macs: number | null;
  readonly parameters: number;
  readonly bytes: number;
  /** Sizes that the model leaves open and that MACs depend on, as they were counted at; the assumed batch of 1 apart. */
  readonly sizes?: readonly OpenSize[];
  /**
   * MACs with those sizes twice as large. Where a cut leaves another share of these than of `macs`, terms that grow
   * differently shrink differently, and what is left depends on the sizes.
   */
  readonly macsAtTwice?: number;
  /** What keeps MACs from being counted. */
  readonly uncounted?: Uncounted;
}

/** Nodes whose multiply-accumulates can't be told. */
export interface Uncounted {
  readonly nodes: number;
  /** The first of them. */
  readonly node: string;
  readonly op: string;
  readonly why: string;
}

/** What one node adds to the cost; a tensor that several nodes read counts at the first. */
export interface NodeCost {
  readonly node: string;
  readonly op: string;
  /** null where they can't be told. */
  readonly macs: number | null;
  readonly parameters: number;
}

/** Elements that a cut removes from a stored tensor, in the original's coordinates: those that any selector names. */
export interface Removal {
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly selectors: readonly RemovedPositions[];
  /** The tensor is not stored but computed from stored ones in a way that has no coordinates in them. */
  readonly computed?: true;
}

/** A model format. */
export interface Backend<Model> {
  readonly name: string;
  /** How it makes cuts where that isn't the usual way: plain data, which a recipe holds so that it can be repeated. */
  readonly form?: Readonly<Record<string, unknown>>;
  trace(model: Model): Trace;
  probe(model: Model, trace: Trace): Probe;
  /** A new model without what the cut removes; throws rather than give an inconsistent one. */
  cut(model: Model, trace: Trace, cut: Cut): Model;
  /** Cost of the model after a cut (of the model itself when omitted), from filtered layouts. */
  cost(model: Model, trace: Trace, cut?: Cut): Cost;
  /** The same per node, in order. */
  costs(model: Model, trace: Trace, cut?: Cut): readonly NodeCost[];
  /** What a cut removes from the stored tensors. */
  removals(model: Model, trace: Trace, cut: Cut): readonly Removal[];
  /** The sha256 of the model as stored, in hex. */
  hash(model: Model): Promise<string>;
}
