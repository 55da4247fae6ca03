import { normaliserNames, reductionNames } from "@prune/importance-magnitude/advanced";
import { criterionNames } from "../criteria.js";
import { samplesToDraw } from "../samples/draw-samples.js";
import type { Field } from "./field.js";
import { faultOfRecover, methodNames } from "./recovery-methods.js";

/** Under what an option stands in the help of a command. */
export const groups = {
  files: "Files",
  scores: "What to keep",
  amount: "How much leaves",
  budget: "Budgets",
  ranking: "What is ranked together",
  samples: "Samples",
  recovery: "Accuracy",
  checks: "Checks",
  result: "What is printed",
} as const;

/** The commands that take an option, by their names; `prune` is the one without. */
export type CommandName =
  | "prune"
  | "sensitivity"
  | "verify"
  | "eval"
  | "bench"
  | "train"
  | "apply"
  | "groups"
  | "inspect";

/**
 * All that is said of an option, once: a command's options, the types and the JSON schema of a configuration and the checks
 * of names are made from it.
 */
export interface OptionRow {
  readonly group: keyof typeof groups;
  /** What it is, as a phrase. `{name}` and `{name: value}` are other options, as the reader calls them. */
  readonly text: string;
  /** What it is if nothing is said: a value, or words. */
  readonly usual?: string;
  /** The unit of a number. */
  readonly unit?: string;
  readonly field: Field;
  readonly commands: readonly CommandName[];
  /** A configuration may not hold it. */
  readonly onlyHere?: true;
  /** How a command line writes it, if that isn't `--name <value>`. */
  readonly line?: {
    readonly flag?: string;
    readonly short?: string;
    /** Several are written with commas between, not one by one. */
    readonly once?: true;
    /** What stands for the value in the help. */
    readonly value?: string;
    /** Words that a value may be, where the field doesn't list them: a shell offers them. */
    readonly words?: readonly string[];
    /** More about how it is written there, after the text. */
    readonly more?: string;
    /** It is on, and this says what it means to switch it off. */
    readonly off?: string;
    /** It is found by itself, and this says what it means to do without (`--no-name`). */
    readonly without?: string;
  };
}

/**
 * The most that numbers of options may be, which have to end somewhere: what is beyond takes hours or memory that nobody
 * has, and is mistyped more often than meant.
 */
export const most = {
  steps: 1000,
  /** Samples that are drawn at once; all of them are held. */
  samples: 1_000_000,
  threads: 1024,
  roundTo: 65_536,
  /** Of anything that ends by time: a week. */
  seconds: 604_800,
  gigabytes: 100_000,
  /** Samples in a run. */
  batch: 65_536,
  /** Rounds over the samples of a training, and looks at its held-out part. */
  rounds: 1_000_000,
  /** Steps of a training. */
  trainingSteps: 100_000_000,
  /** Rates, decays and temperatures of a training. */
  rate: 1000,
  /** What gradients may measure together: as good as no limit. */
  clip: 1e9,
  /** Positions of an axis that are named one by one. */
  indices: 1_000_000,
} as const;

const share: Field = { type: "number", minimum: 0, exclusiveMaximum: 1 };
const flag: Field = { type: "boolean" };
const text: Field = { type: "string" };
const countTo = (maximum: number): Field => ({ type: "integer", minimum: 1, maximum });
const texts: Field = { type: "array", items: text };
const shares: Field = { type: "object", additionalProperties: share };
const amount: Field = {
  title: "Amount",
  description: 'What may be left: a share of the original, or a quantity such as "2 GMACs", "8 MB", "15 ms".',
  oneOf: [{ type: "number", exclusiveMinimum: 0 }, text],
};
const numbers: Field = { oneOf: [{ type: "number" }, { type: "array", items: { type: "number" } }] };

/** Changes to images that a training may draw; see `@prune/training`. */
export const augmentations = ["flip", "crop", "cutout", "mixup"] as const;

/** What samples are; @prune/samples checks it further. */
const samples: Field = {
  title: "SampleConfig",
  description: "What samples are; all of it may be left out where the files say it themselves.",
  type: "object",
  properties: {
    shape: {
      description:
        "One sample as it is stored: channels, height, width. Raw bytes need it; images are brought to that size.",
      type: "array",
      items: { type: "integer", minimum: 1 },
    },
    scale: {
      description: "A value becomes (value x scale - mean) / std.",
      usual: "1 / 255 for bytes that feed floats, else 1",
      type: "number",
    },
    mean: { description: "For all channels, or one each.", usual: "0", ...numbers },
    std: { description: "For all channels, or one each.", usual: "1", ...numbers },
    layout: {
      description: "How the model takes images, where the shape of its input leaves that open.",
      type: "string",
      enum: ["channels-first", "channels-last"],
    },
    colour: {
      description: "Order of the colours of images.",
      usual: "rgb",
      type: "string",
      enum: ["rgb", "bgr"],
    },
    resize: {
      description: "How images get the model's size.",
      usual: "stretch",
      type: "string",
      enum: ["stretch", "crop"],
    },
    inputs: {
      description: "Entries of an archive or of JSON, by the model's inputs.",
      type: "object",
      additionalProperties: text,
    },
    classes: { description: "Names of the classes, in order.", ...texts },
    tokenizer: {
      description: "Of text: the model's tokenizer.json, or the folder that has it.",
      usual: "the model's folder",
      ...text,
    },
    sequence: {
      description: "Of text: tokens of a sample.",
      usual: "what the model takes, else 512, or all if there are fewer",
      type: "integer",
      minimum: 1,
    },
    stride: {
      description: "Of text: tokens from one sample to the next.",
      usual: "sequence",
      type: "integer",
      minimum: 1,
    },
    field: {
      description: "Of .jsonl: the field of a line that holds its text.",
      usual: "text",
      ...text,
    },
  },
  additionalProperties: {},
};

/** `TrainingConfig`, which is checked further where it is read. */
export const training: Field = {
  title: "TrainingConfig",
  description: "How long a model is trained, and how. What is left out is chosen as stated.",
  type: "object",
  properties: {
    time: {
      description:
        'When to stop, in milliseconds or as "90s", "10m", "2h"; a run that time ends is not the same twice.',
      oneOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "string" }],
    },
    epochs: {
      description: "The same, in rounds over the samples.",
      type: "number",
      exclusiveMinimum: 0,
      maximum: most.rounds,
    },
    steps: { description: "The same, in steps.", type: "integer", minimum: 1, maximum: most.trainingSteps },
    rate: {
      description: "Highest learning rate.",
      usual: "3e-4",
      type: "number",
      exclusiveMinimum: 0,
      maximum: most.rate,
    },
    batch: {
      description: "Samples in a step, where the model leaves that open.",
      usual: "128",
      type: "integer",
      minimum: 1,
      maximum: most.batch,
    },
    optimiser: {
      description:
        "How gradients become steps: AdamW (Loshchilov and Hutter 2019), or descent with momentum 0.9.",
      usual: "adamw",
      type: "string",
      enum: ["adamw", "sgd"],
    },
    schedule: {
      description: "How the rate falls.",
      usual: "cosine",
      type: "string",
      enum: ["cosine", "steps", "constant"],
    },
    warmUp: {
      description: "Share of the training in which the rate rises.",
      usual: "0.05",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    weightDecay: {
      description: "Pull on the weights.",
      usual: "0.01 with adamw, 5e-4 with sgd",
      type: "number",
      minimum: 0,
      maximum: most.rate,
    },
    clip: {
      description: "The most that all gradients together may measure.",
      usual: "no limit",
      type: "number",
      exclusiveMinimum: 0,
      maximum: most.clip,
    },
    labelSmoothing: {
      description: "Share of each label that goes to all classes.",
      usual: "0",
      type: "number",
      minimum: 0,
      maximum: 0.99,
    },
    temperature: {
      description: "Divides the scores that are learned from the original (Hinton et al. 2015).",
      usual: "4",
      type: "number",
      exclusiveMinimum: 0,
      maximum: most.rate,
    },
    hardShare: {
      description: "The part of the labels beside the original.",
      usual: "0.3",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    heldOut: {
      description: "Share of the samples that is never trained on, and says which step is best.",
      usual: "0.1",
      type: "number",
      minimum: 0,
      maximum: 0.9,
    },
    patience: {
      description: "Looks without a better step after which to stop.",
      usual: "no early stop",
      type: "integer",
      minimum: 1,
      maximum: most.rounds,
    },
    augment: {
      description: "Changes to images, in order.",
      usual: "none",
      type: "array",
      items: { type: "string", enum: augmentations },
    },
  },
  additionalProperties: false,
};

/** The options of a pruning by their names in the API. */
export type OptionKey =
  | "output"
  | "config"
  | "recipe"
  | "report"
  | "html"
  | "importance"
  | "reduction"
  | "normaliser"
  | "learnGates"
  | "seed"
  | "data"
  | "dataConfig"
  | "labels"
  | "samples"
  | "recover"
  | "train"
  | "ratio"
  | "target"
  | "sizes"
  | "latencyTable"
  | "threads"
  | "keep"
  | "keepBy"
  | "curve"
  | "allocation"
  | "layerRatios"
  | "headRatios"
  | "scopes"
  | "heads"
  | "queryHeads"
  | "headDims"
  | "ragged"
  | "maxRatio"
  | "roundTo"
  | "ignore"
  | "global"
  | "isomorphic"
  | "steps"
  | "schedule"
  | "io"
  | "depth"
  | "blocks"
  | "basis"
  | "norms"
  | "lossless"
  | "mask"
  | "verify"
  | "verifyTime"
  | "verifyMemory"
  | "json";

/** Every option: the command's flags, the configuration's type and its JSON schema are made from it. */
export const options: Readonly<Record<OptionKey, OptionRow>> = {
  output: {
    group: "files",
    text: "where the smaller model goes",
    field: text,
    commands: ["prune", "apply", "train"],
    onlyHere: true,
    line: { short: "-o", value: "file", more: "; - is standard output; a folder for a model.json" },
  },
  config: {
    group: "files",
    text: "options from this file, .json or the default export of a .ts, .js or .mjs; those given here come first",
    usual: "prune.config.* of this folder",
    field: text,
    commands: ["prune"],
    onlyHere: true,
    line: { short: "-c", value: "file", without: "don't look for a configuration" },
  },
  recipe: {
    group: "files",
    text: "write what was removed, in the original's coordinates",
    field: text,
    commands: ["prune", "verify", "apply"],
    onlyHere: true,
    line: { value: "file" },
  },
  report: {
    group: "files",
    text: "write sizes, layers, what is frozen and why, and the law",
    field: text,
    commands: ["prune", "train"],
    onlyHere: true,
    line: { value: "file" },
  },
  html: {
    group: "files",
    text: "the same with the graph, as one page that opens without a network",
    field: text,
    commands: ["prune"],
    onlyHere: true,
    line: { value: "file" },
  },
  importance: {
    group: "scores",
    text: "what to keep by",
    usual: "l2",
    field: { type: "string", enum: criterionNames },
    commands: ["prune", "sensitivity"],
    line: { short: "-i", value: "name" },
  },
  reduction: {
    group: "scores",
    text: "how the scores of a unit in several parameters become one",
    usual: "mean",
    field: { type: "string", enum: reductionNames },
    commands: ["prune", "sensitivity"],
    line: { value: "how" },
  },
  normaliser: {
    group: "scores",
    text: "what makes the scores of layers comparable",
    field: { type: "string", enum: normaliserNames },
    commands: ["prune", "sensitivity"],
    line: { value: "how" },
  },
  learnGates: {
    group: "scores",
    text: 'learn which units are missed least, from the scores of the criterion, with a gate on each and all weights frozen: so many steps, or so long: 300, "5m"',
    usual: "no learning",
    field: { oneOf: [countTo(most.trainingSteps), text] },
    commands: ["prune"],
    line: { value: "steps|duration" },
  },
  seed: {
    group: "scores",
    text: "for random scores, and for drawing samples",
    usual: "0",
    field: { type: "integer" },
    commands: ["prune", "sensitivity", "verify", "train"],
    line: { value: "n" },
  },
  data: {
    group: "samples",
    text: "samples to score by, and to win accuracy back with after the cut: a folder of images (of one folder per class), .npy, .npz, .json, raw N x C x H x W bytes, or text (.txt, .jsonl)",
    field: text,
    commands: ["prune", "sensitivity", "verify", "eval", "train"],
    line: { value: "path" },
  },
  dataConfig: {
    group: "samples",
    text: "what the samples are: a JSON file, or what it would hold",
    field: { oneOf: [text, samples] },
    commands: ["prune", "sensitivity", "verify", "eval", "train"],
    line: {
      value: "file",
      more: ': { "shape": [C, H, W], "mean": 0, "std": 1, "scale", "colour", "resize", "layout", "inputs", "classes"; of text "tokenizer", "sequence", "stride", "field" }',
    },
  },
  labels: {
    group: "samples",
    text: "the classes of {data}: an entry of it, or a file: .npy, .json, or a byte each",
    usual: "an entry y or labels, or the folders",
    field: text,
    commands: ["prune", "sensitivity", "eval", "train"],
    line: { value: "what" },
  },
  samples: {
    group: "samples",
    text: "how many samples to draw with {seed} at most",
    usual: `${samplesToDraw}`,
    field: countTo(most.samples),
    commands: ["prune", "sensitivity", "verify", "train"],
    line: { value: "n" },
  },
  recover: {
    group: "recovery",
    text: `how accuracy is won back. auto: what is left is refitted to the original on {data}; none; only by some of ${methodNames.join(",")}; without data: synthetic (inputs), merge, means`,
    usual: "auto with {data}",
    field: {
      type: "string",
      fault: faultOfRecover,
      pattern: "^(auto|none|synthetic|merge|means|(lsq|bias|lead|logits|bn)(,(lsq|bias|lead|logits|bn))*)$",
    },
    commands: ["prune"],
    line: { value: "how", words: ["auto", "none", ...methodNames, "synthetic", "merge", "means"] },
  },
  train: {
    group: "recovery",
    text: 'train what is left, by the original and by {labels}, for so long: "90s", "10m", "2h"; or settings: "time=10m,augment=flip+crop,rate=0.001"',
    usual: "no training",
    field: { oneOf: [text, training] },
    commands: ["prune"],
    line: { value: "duration", more: " (see `prune train --help`)" },
  },
  ratio: {
    group: "amount",
    text: "share of the units that leaves each layer, from 0 up to 1",
    usual: "0.5",
    field: share,
    commands: ["prune"],
    line: { short: "-r", value: "share" },
  },
  target: {
    group: "budget",
    text: 'what may be left of one resource, in place of {ratio}: a share, or a quantity such as "2 GMACs", "8 MB", "15 ms"',
    field: {
      type: "object",
      properties: { macs: amount, parameters: amount, bytes: amount, gzip: amount, latency: amount },
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
    commands: ["prune"],
    line: {
      short: "-t",
      value: "what=amount",
      more: ": macs=0.5, parameters=60%, bytes=8MB, gzip=8MB, latency=15ms",
    },
  },
  sizes: {
    group: "budget",
    text: "sizes of what the model leaves open, by name, or x.2 for dim 2 of the input x; MACs are counted, and models run, at these",
    usual: "the sizes of the samples, or usual ones that the report states",
    field: { type: "object", additionalProperties: { type: "integer", minimum: 0 } },
    commands: ["prune", "sensitivity", "verify", "apply", "bench", "inspect"],
    line: { flag: "--size", value: "name=n" },
  },
  latencyTable: {
    group: "budget",
    text: "a file of what operators take at each width, for {target}: read if there is one, else measured and written",
    field: text,
    commands: ["prune"],
    line: { value: "file" },
  },
  threads: {
    group: "budget",
    text: "threads inside one operator, where models are timed",
    usual: "1",
    field: countTo(most.threads),
    commands: ["prune", "bench", "train"],
    line: { value: "n" },
  },
  keep: {
    group: "budget",
    text: "in place of an amount: the smallest model that holds this on held-out samples of {data}; other samples confirm it",
    field: {
      type: "object",
      properties: {
        agreement: {
          description: "Share of the samples on which the original and the smaller model choose the same.",
          type: "number",
          exclusiveMinimum: 0,
          maximum: 1,
        },
        accuracy: {
          description:
            "Share of the samples that are classified as labelled; below 0 what may be lost of it.",
          type: "number",
          exclusiveMinimum: -1,
          maximum: 1,
        },
      },
      additionalProperties: false,
      minProperties: 1,
      maxProperties: 1,
    },
    commands: ["prune"],
    line: {
      value: "what=amount",
      more: ": agreement=0.98 with the original, accuracy=0.9, or accuracy=-0.01, which may be lost",
    },
  },
  keepBy: {
    group: "budget",
    text: "what {keep} makes small",
    usual: "macs",
    field: { type: "string", enum: ["macs", "parameters", "bytes"] },
    commands: ["prune"],
    line: { value: "resource" },
  },
  curve: {
    group: "files",
    text: "write every budget that {keep} tried, or else how {train} went: .json, or a plot as .svg",
    field: text,
    commands: ["prune", "train"],
    line: { value: "file" },
  },
  allocation: {
    group: "budget",
    text: "ratios by layer for the ratio or the target: `sensitivity` measures on {data} what each layer can spare; `auto` ranks the units of all layers together as well, recovers both, and takes what is nearer to the original on held-out samples; else a file of curves, as `prune sensitivity --out` writes it",
    field: text,
    commands: ["prune"],
    line: { value: "how" },
  },
  layerRatios: {
    group: "amount",
    text: "other ratios for layers, by name pattern; the first that fits wins",
    field: shares,
    commands: ["prune"],
    line: { flag: "--layer-ratio", value: "pattern=share" },
  },
  headRatios: {
    group: "amount",
    text: "other shares of the heads and groups of layers, by name pattern; the first that fits wins",
    field: shares,
    commands: ["prune"],
    line: { flag: "--head-ratio", value: "pattern=share" },
  },
  scopes: {
    group: "ranking",
    text: "layers that are ranked together, with a ratio of their own",
    field: {
      type: "object",
      additionalProperties: {
        type: "object",
        properties: {
          layers: { description: "Name patterns.", ...texts },
          ratio: { description: "Share of the scope's units that leaves.", ...share },
        },
        required: ["layers"],
        additionalProperties: false,
      },
    },
    commands: ["prune"],
    line: { flag: "--scope", value: "patterns", more: ": 'conv1,layer1.*', 'conv1,layer1.*=0.3'" },
  },
  heads: {
    group: "amount",
    text: "share of the whole heads and groups that leaves",
    usual: "0",
    field: share,
    commands: ["prune"],
    line: { value: "share" },
  },
  queryHeads: {
    group: "amount",
    text: "share of the query heads that leaves each key/value head",
    usual: "0",
    field: share,
    commands: ["prune"],
    line: { value: "share" },
  },
  headDims: {
    group: "amount",
    text: "share of the dims inside heads that leaves",
    usual: "the ratio",
    field: share,
    commands: ["prune"],
    line: { value: "share" },
  },
  ragged: {
    group: "amount",
    text: "heads and groups may lose different positions, as many each",
    field: flag,
    commands: ["prune"],
  },
  maxRatio: {
    group: "amount",
    text: "the most that any layer may lose",
    field: { type: "number", minimum: 0, maximum: 1 },
    commands: ["prune"],
    line: { value: "share" },
  },
  roundTo: {
    group: "amount",
    text: "kept counts are multiples of this",
    usual: "1",
    unit: "units",
    field: countTo(most.roundTo),
    commands: ["prune"],
    line: { value: "n" },
  },
  ignore: {
    group: "amount",
    text: "layers and tensors whose outputs all stay, by name pattern, * for anything",
    field: texts,
    commands: ["prune", "sensitivity"],
    line: { value: "pattern" },
  },
  global: {
    group: "ranking",
    text: "rank the units of all layers together, not each layer's alone",
    field: flag,
    commands: ["prune"],
  },
  isomorphic: {
    group: "ranking",
    text: "rank the units of layers with the same structure together",
    field: flag,
    commands: ["prune"],
  },
  steps: {
    group: "amount",
    text: "prune in steps, each scored on what the last one left",
    usual: "1",
    field: countTo(most.steps),
    commands: ["prune"],
    line: { value: "n" },
  },
  schedule: {
    group: "amount",
    text: "how much is done by when, in {steps}",
    usual: "linear",
    field: { type: "string", enum: ["linear", "cubic", "one-shot"] },
    commands: ["prune"],
    line: { value: "name" },
  },
  io: {
    group: "amount",
    text: 'inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run, or names, * for anything',
    usual: "none",
    field: { oneOf: [text, texts] },
    commands: ["prune", "inspect", "groups"],
    line: { value: "names", words: ["cache"], more: ", such as 'past_*,present.*'" },
  },
  depth: {
    group: "amount",
    text: "whole residual branches that leave before units do: how many, or a share of them, cheapest first by what the answers lose on samples of {data}; `auto` removes them one by one beside units under {target} while held-out errors fall",
    field: {
      oneOf: [
        { type: "number", exclusiveMinimum: 0 },
        { type: "string", enum: ["auto"] },
      ],
    },
    commands: ["prune"],
    line: { value: "n|share|auto", words: ["auto"] },
  },
  blocks: {
    group: "amount",
    text: "residual branches that leave whole, by the sums that they are added into; with {io: cache} the caches of attention leave with it, and later layers count down",
    field: texts,
    commands: ["prune"],
    line: { value: "names", more: ": 'add_3,add_7'", once: true },
  },
  basis: {
    group: "amount",
    text: "the basis that units of residual streams are of: as the model is `given`, or the `principal` directions of samples of {data}, in which the same network is written first; `auto` recovers both, and takes what is nearer to the original on held-out samples",
    usual: "given",
    field: { type: "string", enum: ["given", "principal", "auto"] },
    commands: ["prune"],
    line: { value: "which" },
  },
  norms: {
    group: "amount",
    text: "what norms over a cut axis take their statistics over: what is `live`, or all, what left being zero, as where it is only `masked`; `auto` recovers both, and takes what is nearer to the original on held-out samples",
    usual: "live; masked in a principal {basis}",
    field: { type: "string", enum: ["live", "masked", "auto"] },
    commands: ["prune"],
    line: { value: "which" },
  },
  lossless: {
    group: "amount",
    text: "remove what changes no output; all that is removed, unless a ratio or target is given",
    field: flag,
    commands: ["prune"],
    onlyHere: true,
  },
  mask: {
    group: "checks",
    text: "set what would leave to zero and keep the size",
    field: flag,
    commands: ["prune"],
  },
  verify: {
    group: "checks",
    text: "check the smaller model in the runtime before it is written",
    usual: "true",
    field: flag,
    commands: ["prune", "apply"],
    line: { off: "don't run the smaller model before writing it" },
  },
  verifyTime: {
    group: "checks",
    text: "time that the check may take, all of it: fewer inputs if one run takes long, an error if one is too much; without it about a minute, one input whatever it takes",
    unit: "seconds",
    field: { type: "number", exclusiveMinimum: 0, maximum: most.seconds },
    commands: ["prune"],
    line: { value: "seconds" },
  },
  verifyMemory: {
    group: "checks",
    text: "memory that the check may take, as near as can be told beforehand: models that would take more are run by stretches of layers, one open at a time; without it half of what is free",
    unit: "gigabytes",
    field: { type: "number", exclusiveMinimum: 0, maximum: most.gigabytes },
    commands: ["prune"],
    line: { value: "GB" },
  },
  json: {
    group: "result",
    text: "print the report as JSON",
    field: flag,
    commands: ["prune", "sensitivity", "verify", "eval", "bench", "train", "apply", "groups", "inspect"],
    onlyHere: true,
  },
};
