// biome-ignore-all format: generated from packages/workflow/src/options/table.ts by `pnpm schema`

/** Exactly one of these. */
export type OneOf<All> = {
  [Name in keyof All]: { readonly [Key in Name]: All[Key] } & { readonly [Other in Exclude<keyof All, Name>]?: never };
}[keyof All];

/** What samples are; all of it may be left out where the files say it themselves. */
export interface SampleConfig {
  /** One sample as it is stored: channels, height, width. Raw bytes need it; images are brought to that size. */
  readonly shape?: readonly number[];
  /** A value becomes (value x scale - mean) / std. @default 1 / 255 for bytes that feed floats, else 1 */
  readonly scale?: number;
  /** For all channels, or one each. @default 0 */
  readonly mean?: number | readonly number[];
  /** For all channels, or one each. @default 1 */
  readonly std?: number | readonly number[];
  /** How the model takes images, where the shape of its input leaves that open. */
  readonly layout?: "channels-first" | "channels-last";
  /** Order of the colours of images. @default "rgb" */
  readonly colour?: "rgb" | "bgr";
  /** How images get the model's size. @default "stretch" */
  readonly resize?: "stretch" | "crop";
  /** Entries of an archive or of JSON, by the model's inputs. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Names of the classes, in order. */
  readonly classes?: readonly string[];
  /** Of text: the model's tokenizer.json, or the folder that has it. @default the model's folder */
  readonly tokenizer?: string;
  /** Of text: tokens of a sample. @default what the model takes, else 512, or all if there are fewer */
  readonly sequence?: number;
  /** Of text: tokens from one sample to the next. @default sequence */
  readonly stride?: number;
  /** Of .jsonl: the field of a line that holds its text. @default text */
  readonly field?: string;
}

/** How long a model is trained, and how. What is left out is chosen as stated. */
export interface TrainingConfig {
  /** When to stop, in milliseconds or as "90s", "10m", "2h"; a run that time ends is not the same twice. */
  readonly time?: number | string;
  /** The same, in rounds over the samples. */
  readonly epochs?: number;
  /** The same, in steps. */
  readonly steps?: number;
  /** Highest learning rate. @default 3e-4 */
  readonly rate?: number;
  /** Samples in a step, where the model leaves that open. @default 128 */
  readonly batch?: number;
  /**
   * How gradients become steps: AdamW (Loshchilov and Hutter 2019), or descent with momentum 0.9. @default "adamw"
   */
  readonly optimiser?: "adamw" | "sgd";
  /** How the rate falls. @default "cosine" */
  readonly schedule?: "cosine" | "steps" | "constant";
  /** Share of the training in which the rate rises. @default 0.05 */
  readonly warmUp?: number;
  /** Pull on the weights. @default 0.01 with adamw, 5e-4 with sgd */
  readonly weightDecay?: number;
  /** The most that all gradients together may measure. @default no limit */
  readonly clip?: number;
  /** Share of each label that goes to all classes. @default 0 */
  readonly labelSmoothing?: number;
  /** Divides the scores that are learned from the original (Hinton et al. 2015). @default 4 */
  readonly temperature?: number;
  /** The part of the labels beside the original. @default 0.3 */
  readonly hardShare?: number;
  /** Share of the samples that is never trained on, and says which step is best. @default 0.1 */
  readonly heldOut?: number;
  /** Looks without a better step after which to stop. @default no early stop */
  readonly patience?: number;
  /** Changes to images, in order. @default none */
  readonly augment?: readonly ("flip" | "crop" | "cutout" | "mixup")[];
}

/** What may be left: a share of the original, or a quantity such as "2 GMACs", "8 MB", "15 ms". */
export type Amount = number | string;

/** How much leaves, from where, by which scores, on which samples: plain data, as `prune.config.json` holds it. */
export interface PruneConfig {
  readonly $schema?: string;
  /** What to keep by. @default "l2" */
  readonly importance?: "l1" | "l2" | "lamp" | "fpgm" | "bn-scale" | "random" | "activation" | "apoz" | "wanda" | "variance" | "plain-variance" | "reconstruction" | "taylor" | "taylor-multivariable" | "fisher" | "obd";
  /** How the scores of a unit in several parameters become one. @default "mean" */
  readonly reduction?: "mean" | "sum" | "max" | "product" | "first" | "gate";
  /** What makes the scores of layers comparable. */
  readonly normaliser?: "none" | "mean" | "sum" | "max" | "min-max" | "gaussian" | "lamp";
  /**
   * Learn which units are missed least, from the scores of the criterion, with a gate on each and all weights frozen:
   * so many steps, or so long: 300, "5m". @default no learning
   */
  readonly learnGates?: number | string;
  /** For random scores, and for drawing samples. @default 0 */
  readonly seed?: number;
  /**
   * Samples to score by, and to win accuracy back with after the cut: a folder of images (of one folder per class),
   * .npy, .npz, .json, raw N x C x H x W bytes, or text (.txt, .jsonl).
   */
  readonly data?: string;
  /** What the samples are: a JSON file, or what it would hold. */
  readonly dataConfig?: string | SampleConfig;
  /**
   * The classes of `data`: an entry of it, or a file: .npy, .json, or a byte each. @default an entry y or labels, or
   * the folders
   */
  readonly labels?: string;
  /** How many samples to draw with `seed` at most. @default 1024 */
  readonly samples?: number;
  /**
   * How accuracy is won back. auto: what is left is refitted to the original on `data`; none; only by some of
   * lsq,bias,lead,logits,bn; without data: synthetic (inputs), merge, means. @default auto with `data`
   */
  readonly recover?: string;
  /**
   * Train what is left, by the original and by `labels`, for so long: "90s", "10m", "2h"; or settings:
   * "time=10m,augment=flip+crop,rate=0.001". @default no training
   */
  readonly train?: string | TrainingConfig;
  /** Share of the units that leaves each layer, from 0 up to 1. @default 0.5 */
  readonly ratio?: number;
  /**
   * What may be left of one resource, in place of `ratio`: a share, or a quantity such as "2 GMACs", "8 MB", "15 ms".
   */
  readonly target?: OneOf<{ readonly macs: Amount; readonly parameters: Amount; readonly bytes: Amount; readonly gzip: Amount; readonly latency: Amount }>;
  /**
   * Sizes of what the model leaves open, by name, or x.2 for dim 2 of the input x; MACs are counted, and models run,
   * at these. @default the sizes of the samples, or usual ones that the report states
   */
  readonly sizes?: Readonly<Record<string, number>>;
  /** A file of what operators take at each width, for `target`: read if there is one, else measured and written. */
  readonly latencyTable?: string;
  /** Threads inside one operator, where models are timed. @default 1 */
  readonly threads?: number;
  /**
   * In place of an amount: the smallest model that holds this on held-out samples of `data`; other samples confirm
   * it.
   */
  readonly keep?: OneOf<{ readonly agreement: number; readonly accuracy: number }>;
  /** What `keep` makes small. @default "macs" */
  readonly keepBy?: "macs" | "parameters" | "bytes";
  /** Write every budget that `keep` tried, or else how `train` went: .json, or a plot as .svg. */
  readonly curve?: string;
  /**
   * Ratios by layer for the ratio or the target: `sensitivity` measures on `data` what each layer can spare; `auto`
   * ranks the units of all layers together as well, recovers both, and takes what is nearer to the original on
   * held-out samples; else a file of curves, as `prune sensitivity --out` writes it.
   */
  readonly allocation?: string;
  /** Other ratios for layers, by name pattern; the first that fits wins. */
  readonly layerRatios?: Readonly<Record<string, number>>;
  /** Other shares of the heads and groups of layers, by name pattern; the first that fits wins. */
  readonly headRatios?: Readonly<Record<string, number>>;
  /** Layers that are ranked together, with a ratio of their own. */
  readonly scopes?: Readonly<Record<string, { readonly layers: readonly string[]; readonly ratio?: number }>>;
  /** Share of the whole heads and groups that leaves. @default 0 */
  readonly heads?: number;
  /** Share of the query heads that leaves each key/value head. @default 0 */
  readonly queryHeads?: number;
  /** Share of the dims inside heads that leaves. @default the ratio */
  readonly headDims?: number;
  /** Heads and groups may lose different positions, as many each. */
  readonly ragged?: boolean;
  /** The most that any layer may lose. */
  readonly maxRatio?: number;
  /** Kept counts are multiples of this. In units. @default 1 */
  readonly roundTo?: number;
  /** Layers and tensors whose outputs all stay, by name pattern, * for anything. */
  readonly ignore?: readonly string[];
  /** Rank the units of all layers together, not each layer's alone. */
  readonly global?: boolean;
  /** Rank the units of layers with the same structure together. */
  readonly isomorphic?: boolean;
  /** Prune in steps, each scored on what the last one left. @default 1 */
  readonly steps?: number;
  /** How much is done by when, in `steps`. @default "linear" */
  readonly schedule?: "linear" | "cubic" | "one-shot";
  /**
   * Inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run,
   * or names, * for anything. @default none
   */
  readonly io?: string | readonly string[];
  /**
   * Whole residual branches that leave before units do: how many, or a share of them, cheapest first by what the
   * answers lose on samples of `data`; `auto` removes them one by one beside units under `target` while held-out
   * errors fall.
   */
  readonly depth?: number | "auto";
  /**
   * Residual branches that leave whole, by the sums that they are added into; with `io` the caches of attention leave
   * with it, and later layers count down.
   */
  readonly blocks?: readonly string[];
  /**
   * The basis that units of residual streams are of: as the model is `given`, or the `principal` directions of
   * samples of `data`, in which the same network is written first; `auto` recovers both, and takes what is nearer to
   * the original on held-out samples. @default "given"
   */
  readonly basis?: "given" | "principal" | "auto";
  /**
   * What norms over a cut axis take their statistics over: what is `live`, or all, what left being zero, as where it
   * is only `masked`; `auto` recovers both, and takes what is nearer to the original on held-out samples. @default
   * live; masked in a principal `basis`
   */
  readonly norms?: "live" | "masked" | "auto";
  /** Set what would leave to zero and keep the size. */
  readonly mask?: boolean;
  /** Check the smaller model in the runtime before it is written. @default true */
  readonly verify?: boolean;
  /**
   * Time that the check may take, all of it: fewer inputs if one run takes long, an error if one is too much; without
   * it about a minute, one input whatever it takes. In seconds.
   */
  readonly verifyTime?: number;
  /**
   * Memory that the check may take, as near as can be told beforehand: models that would take more are run by
   * stretches of layers, one open at a time; without it half of what is free. In gigabytes.
   */
  readonly verifyMemory?: number;
}

/**
 * A configuration with its options checked and completed by the editor; the same object.
 * @example export default defineConfig({ target: { macs: 0.6 }, data: "photos" });
 */
export declare function defineConfig(config: ModuleConfig): ModuleConfig;

// What of these is not installed beside the command is `any`, and is checked when it is read.
// @ts-ignore
type Importance = import("@prune/graph").Importance;
// @ts-ignore
type Rules = import("@prune/onnx").Rules;
// @ts-ignore
type OnnxBackend = import("@prune/onnx").OnnxBackend;
// @ts-ignore
type Method = import("@prune/recovery").Method;

/** What a configuration that is a module may hold besides: objects, whose types come with the packages that make them. */
export interface ModuleConfig extends Omit<PruneConfig, "importance"> {
  /** A criterion by its name, or one: `Importance` of @prune/graph. */
  readonly importance?: string | Importance;
  /** Rules for operators of ONNX models; spread those of @prune/onnx: `{ ...rules, "my.domain:Op": rule }`. */
  readonly rules?: Rules;
  /** A backend of ONNX models, in place of rules: `onnx({ operators })` or `extendBackend` of @prune/onnx. */
  readonly backend?: OnnxBackend;
  /** Ways to refit layers on the samples of `data`, of which held-out samples choose: `Method` of @prune/recovery. */
  readonly methods?: readonly Method[];
}
