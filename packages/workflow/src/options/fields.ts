import { criterionNames, normalisers, reductions } from "../criteria.js";
import { augmentations } from "../training/training-config.js";
import type { Field } from "./field.js";

const ratio = (description: string): Field => ({
  description,
  type: "number",
  minimum: 0,
  exclusiveMaximum: 1,
});
const flag = (description: string): Field => ({ description, type: "boolean" });
const patterns = (description: string): Field => ({ description, type: "array", items: { type: "string" } });
const amount: Field = { oneOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "string" }] };

const numbers: Field = {
  oneOf: [{ type: "number" }, { type: "array", items: { type: "number" } }],
};
/** `SampleConfig` of @prune/samples, which checks it further. */
const samples: Field = {
  type: "object",
  properties: {
    shape: {
      description: "One sample as it is stored, [C, H, W].",
      type: "array",
      items: { type: "integer", minimum: 1 },
    },
    scale: { description: "A value becomes (value x scale - mean) / std.", type: "number" },
    mean: numbers,
    std: numbers,
    layout: {
      description: "How the model takes images, where its shape leaves that open.",
      type: "string",
      enum: ["channels-first", "channels-last"],
    },
    colour: { description: "Order of the colours of images.", type: "string", enum: ["rgb", "bgr"] },
    resize: {
      description: "How images get the model's size.",
      type: "string",
      enum: ["stretch", "crop"],
    },
    inputs: {
      description: "Entries, by the model's inputs.",
      type: "object",
      additionalProperties: { type: "string" },
    },
    classes: patterns("Names of the classes, in order."),
  },
  additionalProperties: {},
};

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
  /** Samples in a run. */
  batch: 65_536,
  /** Rounds, steps and looks of a training. */
  trainingSteps: 1_000_000_000,
  /** Positions of an axis that are named one by one. */
  indices: 1_000_000,
} as const;

/** `TrainingConfig`, which is checked further where it is read. */
const training: Field = {
  type: "object",
  properties: {
    time: {
      description: 'When to stop, in milliseconds or as "90s", "10m", "2h".',
      oneOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "string" }],
    },
    epochs: {
      description: "The same, in rounds over the samples.",
      type: "number",
      exclusiveMinimum: 0,
      maximum: most.trainingSteps,
    },
    steps: { description: "The same, in steps.", type: "integer", minimum: 1, maximum: most.trainingSteps },
    rate: { description: "Highest learning rate.", type: "number", exclusiveMinimum: 0 },
    batch: { description: "Samples in a step.", type: "integer", minimum: 1, maximum: most.batch },
    optimiser: { description: "How gradients become steps.", type: "string", enum: ["adamw", "sgd"] },
    schedule: { description: "How the rate falls.", type: "string", enum: ["cosine", "steps", "constant"] },
    warmUp: {
      description: "Share of the training in which the rate rises.",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    weightDecay: { description: "Pull on the weights.", type: "number", minimum: 0 },
    clip: {
      description: "The most that all gradients together may measure.",
      type: "number",
      exclusiveMinimum: 0,
    },
    labelSmoothing: {
      description: "Share of each label that goes to all classes.",
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
    },
    temperature: {
      description: "Divides the scores that are learned from the original.",
      type: "number",
      exclusiveMinimum: 0,
    },
    hardShare: {
      description: "The part of the labels beside the original.",
      type: "number",
      minimum: 0,
      maximum: 1,
    },
    heldOut: {
      description: "Share of the samples that says which step is best.",
      type: "number",
      minimum: 0,
      exclusiveMaximum: 1,
    },
    patience: {
      description: "Looks without a better step after which to stop.",
      type: "integer",
      minimum: 1,
      maximum: most.trainingSteps,
    },
    augment: {
      description: "Changes to images, in order.",
      type: "array",
      items: { type: "string", enum: [...augmentations] },
    },
  },
  additionalProperties: false,
};

/** What a configuration may hold: the options of `prune` by their names in the API. */
export const fields: Readonly<Record<string, Field>> = {
  $schema: { type: "string" },
  importance: { description: "What to keep by.", type: "string", enum: criterionNames },
  reduction: {
    description: "How the scores of a unit in several parameters become one.",
    type: "string",
    enum: reductions,
  },
  normaliser: {
    description: "What makes the scores of layers comparable.",
    type: "string",
    enum: normalisers,
  },
  seed: { description: "For random scores, and for drawing samples.", type: "integer" },
  data: {
    description: "Samples: a folder of images, .npy, .npz, .json, or raw bytes.",
    type: "string",
  },
  dataConfig: {
    description: "What the samples are: a JSON file, or what it would hold.",
    oneOf: [{ type: "string" }, samples],
  },
  labels: { description: "The classes of the samples: an entry of them, or a file.", type: "string" },
  samples: {
    description: "How many samples to draw at most.",
    type: "integer",
    minimum: 1,
    maximum: most.samples,
  },
  recover: {
    description:
      "How accuracy is won back: on the samples by all methods or by some, or without data by the last three.",
    type: "string",
    pattern: "^(auto|none|synthetic|merge|means|(lsq|bias|logits|bn)(,(lsq|bias|logits|bn))*)$",
  },
  train: {
    description:
      'Train what is left, by the original and by labels where there are some, for so long: "10m", or settings.',
    oneOf: [{ type: "string" }, training],
  },
  ratio: ratio("Share of the units that leaves each layer."),
  target: {
    description:
      'What may be left of one resource: a share, or a quantity such as "2 GMACs", "8 MB", "15 ms".',
    type: "object",
    properties: { macs: amount, parameters: amount, bytes: amount, gzip: amount, latency: amount },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  },
  sizes: {
    description: "Sizes of what the model leaves open, by name; MACs are counted, and models run, at these.",
    type: "object",
    additionalProperties: { type: "integer", minimum: 0 },
  },
  latencyTable: {
    description:
      "A file of what operators take at each width, for the target: read where there is one, else measured and written.",
    type: "string",
  },
  threads: {
    description: "Threads inside one operator, where models are timed.",
    type: "integer",
    minimum: 1,
    maximum: most.threads,
  },
  keep: {
    description: "In place of an amount: the smallest model that holds this on held-out samples of data.",
    type: "object",
    properties: {
      agreement: { type: "number", exclusiveMinimum: 0, maximum: 1 },
      accuracy: { type: "number", exclusiveMinimum: -1, maximum: 1 },
    },
    additionalProperties: false,
    minProperties: 1,
    maxProperties: 1,
  },
  keepBy: { description: "What keep makes small.", type: "string", enum: ["macs", "parameters", "bytes"] },
  curve: {
    description: "Where every budget that keep tried goes, or how train went: .json, or a plot as .svg.",
    type: "string",
  },
  allocation: {
    description:
      "Ratios by layer for the ratio or the target: `sensitivity` measures on the samples what each layer can spare; else a file of curves.",
    type: "string",
  },
  layerRatios: {
    description: "Other ratios for layers, by name pattern; the first that fits wins.",
    type: "object",
    additionalProperties: ratio("Share of the units that leaves."),
  },
  headRatios: {
    description: "Other shares of the heads and groups of layers, by name pattern; the first that fits wins.",
    type: "object",
    additionalProperties: ratio("Share of the heads and groups that leaves."),
  },
  scopes: {
    description: "Layers that are ranked together, by the scope's name.",
    type: "object",
    additionalProperties: {
      type: "object",
      properties: {
        layers: patterns("Name patterns."),
        ratio: ratio("Share of the scope's units that leaves."),
      },
      required: ["layers"],
      additionalProperties: false,
    },
  },
  heads: ratio("Share of the whole heads and groups that leaves."),
  queryHeads: ratio("Share of the query heads that leaves each key/value head."),
  headDims: ratio("Share of the dims inside heads that leaves."),
  ragged: flag("Heads and groups may lose different positions, as many each."),
  maxRatio: { description: "The most that any layer may lose.", type: "number", minimum: 0, maximum: 1 },
  roundTo: {
    description: "Kept counts are multiples of this.",
    type: "integer",
    minimum: 1,
    maximum: most.roundTo,
  },
  ignore: patterns("Name patterns of layers and tensors whose outputs all stay."),
  global: flag("Rank the units of all layers together."),
  isomorphic: flag("Rank the units of layers together that are built alike."),
  steps: {
    description: "Prune in steps, each scored on what the last one left.",
    type: "integer",
    minimum: 1,
    maximum: most.steps,
  },
  schedule: {
    description: "How much is done by when.",
    type: "string",
    enum: ["linear", "cubic", "one-shot"],
  },
  io: {
    description:
      'Inputs and outputs whose sizes may follow from what is cut: "cache" for what a decoder carries from run to run, or names with *.',
    oneOf: [{ type: "string" }, { type: "array", items: { type: "string" } }],
  },
  depth: {
    description:
      "Whole residual branches that leave before units do: how many, or a share; auto as many as held-out errors allow.",
    oneOf: [
      { type: "number", exclusiveMinimum: 0 },
      { type: "string", enum: ["auto"] },
    ],
  },
  blocks: patterns("Residual branches that leave whole, by the sums that they are added into."),
  norms: {
    description:
      "What norms over a cut axis take their statistics over: what lives, or all, what left being zero; auto by held-out samples.",
    type: "string",
    enum: ["live", "masked", "auto"],
  },
  mask: flag("Set what would leave to zero and keep the size."),
  verify: flag("Check the smaller model in the runtime before it is written."),
  verifyTime: {
    description: "Seconds that the check should take at most: fewer inputs where one run takes long.",
    type: "number",
    exclusiveMinimum: 0,
    maximum: most.seconds,
  },
};

/** The JSON schema of `prune.config.json`. */
export const schema: Readonly<Record<string, unknown>> = {
  $schema: "http://json-schema.org/draft-07/schema#",
  title: "Configuration of @prune/cli",
  type: "object",
  properties: fields,
  additionalProperties: false,
};
