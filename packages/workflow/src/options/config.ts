import type { Hold, Scope, Target } from "@prune/pruner";
import type { SampleConfig } from "@prune/samples";
import type { NormaliserName, ReductionNames } from "../criteria.js";
import type { TrainingConfig } from "../training/training-config.js";

/** How much leaves, from where, by which scores, on which samples: plain data, as `prune.config.json` holds it. */
export interface PruneConfig {
  /** What to keep by. @default "l2" */
  readonly importance?: string;
  /** How the scores of a unit in several parameters become one. @default "mean" */
  readonly reduction?: ReductionNames;
  /** What makes the scores of layers comparable. */
  readonly normaliser?: NormaliserName;
  /** For random scores, and for drawing samples. @default 0 */
  readonly seed?: number;
  /** Samples: a folder of images (of one folder per class), .npy, .npz, .json, or raw bytes. */
  readonly data?: string;
  /** What the samples are: a JSON file, or what it would hold. */
  readonly dataConfig?: string | SampleConfig;
  /** The classes of the samples: an entry of them, or a file. */
  readonly labels?: string;
  /** How many samples to draw at most. @default 1024 */
  readonly samples?: number;
  /**
   * How accuracy is won back: `auto`, `none`, or some of `lsq,bn,bias,logits` with commas between, on the samples;
   * `synthetic`, `merge` or `means` without data. @default "auto" with `data`
   */
  readonly recover?: string;
  /**
   * Train what is left, by the original and by labels where `data` has some, for so long: "10m"; or settings, as an
   * object or as "time=10m,augment=flip+crop". @default no training
   */
  readonly train?: string | TrainingConfig;
  /** Share of the units that leaves each layer. @default 0.5 */
  readonly ratio?: number;
  /**
   * Sizes of what the model leaves open, by name: `{ height: 640 }`, or `{ "x.2": 640 }` for a dim of the input `x` that
   * has no name. MACs are counted, and models run, at these; otherwise MACs at the sizes of the samples, or at usual ones
   * that the report states.
   */
  readonly sizes?: Readonly<Record<string, number>>;
  /** What may be left of one resource, in place of `ratio`. */
  readonly target?: Target;
  /** A file of what operators take at each width, for the target: read where there is one, else measured and written. */
  readonly latencyTable?: string;
  /** Threads inside one operator, where models are timed. @default 1 */
  readonly threads?: number;
  /** In place of an amount: the smallest model that holds this on held-out samples of `data`. */
  readonly keep?: Hold;
  /** What `keep` makes small. @default "macs" */
  readonly keepBy?: "macs" | "parameters" | "bytes";
  /** Where every budget that `keep` tried goes, or else how `train` went: .json, or a plot as .svg. */
  readonly curve?: string;
  /** Ratios by layer for the ratio or the target: "sensitivity" measures them on the samples; else a file of curves. */
  readonly allocation?: string;
  /** Other ratios for layers, by name pattern; the first that fits wins. */
  readonly layerRatios?: Readonly<Record<string, number>>;
  /** Other shares of the heads and groups of layers, by name pattern; the first that fits wins. */
  readonly headRatios?: Readonly<Record<string, number>>;
  /** Layers that are ranked together, by the scope's name. */
  readonly scopes?: Readonly<Record<string, Scope>>;
  /** Share of the whole heads and groups that leaves. @default 0 */
  readonly heads?: number;
  /** Share of the query heads that leaves each key/value head. @default 0 */
  readonly queryHeads?: number;
  /** Share of the dims inside heads that leaves. @default `ratio` */
  readonly headDims?: number;
  /** Heads and groups may lose different positions, as many each. @default false */
  readonly ragged?: boolean;
  /** The most that any layer may lose. */
  readonly maxRatio?: number;
  /** Kept counts are multiples of this. @default 1 */
  readonly roundTo?: number;
  /** Name patterns of layers and tensors whose outputs all stay. */
  readonly ignore?: readonly string[];
  /** Rank the units of all layers together. @default false */
  readonly global?: boolean;
  /** Rank the units of layers with the same structure together. @default false */
  readonly isomorphic?: boolean;
  /** Prune in steps, each scored on what the last one left. @default 1 */
  readonly steps?: number;
  /** How much is done by when. @default "linear" */
  readonly schedule?: "linear" | "cubic" | "one-shot";
  /**
   * Inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run, or
   * names, in which `*` stands for anything. @default none
   */
  readonly io?: string | readonly string[];
  /**
   * Whole residual branches that leave before units do: how many, or a share of them, cheapest first by what the answers
   * lose on the samples; `auto` removes them one by one beside units under the target while held-out errors fall.
   */
  readonly depth?: number | "auto";
  /** Residual branches that leave whole, by the sums that they are added into. */
  readonly blocks?: readonly string[];
  /**
   * What norms over a cut axis take their statistics over: what is `live`, or all, what left being zero, as where it is
   * only `masked`; `auto` recovers both, and takes what is nearer to the original on held-out samples. @default "live"
   */
  readonly norms?: "live" | "masked" | "auto";
  /** Set what would leave to zero and keep the size. @default false */
  readonly mask?: boolean;
  /** Check the smaller model in the runtime before it is written. @default true */
  readonly verify?: boolean;
  /** Seconds that the check should take at most: fewer inputs where one run takes long, one at least. @default 60 */
  readonly verifyTime?: number;
}
