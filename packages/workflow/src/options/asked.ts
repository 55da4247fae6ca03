import type { Importance } from "@prune/graph";
import type { Target } from "@prune/pruner";
import type { Hold, RatioOptions, Resource, StepOptions } from "@prune/pruner/advanced";
import type { Method } from "@prune/recovery";
import { criterion } from "../criteria.js";
import { badOption } from "../errors.js";
import type { Feature } from "../format.js";
import type { DataFree } from "../reports/data-free-report.js";
import type { StoredSamples } from "../samples/draw-samples.js";
import type { LearningTime, TrainingHow } from "../training/training-config.js";
import { checkGiven, pruneOptions } from "./check-given.js";
import { checkKeep } from "./check-keep.js";
import type { PruneConfig } from "./config.js";
import { learnedOf } from "./learned.js";
import type { RecoveryMethods } from "./recovery-methods.js";
import { type Given, type Uses, usesOfData } from "./uses-of-data.js";

/** What a pruning is asked to do, with its options resolved and checked against each other. */
export interface AskedPrune {
  readonly importance: Importance;
  readonly seed: number;
  /** How much leaves, from where. */
  readonly choice: RatioOptions & StepOptions & { readonly target?: Target };
  /** Samples to score by, to win accuracy back on, to judge by. */
  readonly samples: StoredSamples | undefined;
  /** Refit what is left on the samples. */
  readonly recover: boolean;
  /** What layers are refitted by, where not by all that held-out samples may choose. */
  readonly methods: RecoveryMethods;
  /** How accuracy is won back without data. */
  readonly dataFree: DataFree | undefined;
  /** How what is left is trained, by the original and by labels where there are some. */
  readonly train: TrainingHow | undefined;
  /** For how long gates of units are learned, which make better scores of those of the criterion. */
  readonly learnGates: LearningTime | undefined;
  readonly allocation: string | undefined;
  readonly keep: { readonly keep: Hold; readonly by: Resource } | undefined;
  readonly latencyTable: string | undefined;
  readonly threads: number | undefined;
  readonly norms: NonNullable<PruneConfig["norms"]>;
  readonly basis: NonNullable<PruneConfig["basis"]>;
  readonly depth: PruneConfig["depth"];
  readonly blocks: PruneConfig["blocks"];
  readonly mask: boolean;
  readonly verify: boolean;
  readonly io: string | readonly string[] | undefined;
  readonly verifyTime: number | undefined;
  /** Bytes of memory that checking may take. */
  readonly verifyMemory: number | undefined;
}

/** What is asked if nothing is said but some of it. */
export const asking = (some: Partial<AskedPrune> & Pick<AskedPrune, "importance">): AskedPrune => ({
  seed: 0,
  choice: {},
  samples: undefined,
  recover: false,
  methods: {},
  dataFree: undefined,
  train: undefined,
  learnGates: undefined,
  allocation: undefined,
  keep: undefined,
  latencyTable: undefined,
  threads: undefined,
  norms: "live",
  basis: "given",
  depth: undefined,
  blocks: undefined,
  mask: false,
  verify: true,
  io: undefined,
  verifyTime: undefined,
  verifyMemory: undefined,
  ...some,
});

/** Options of a pruning: as in a configuration, but for criteria and samples that may be given as they are. */
export interface PruneOptions extends Omit<PruneConfig, "importance"> {
  /** A criterion by its name, or one of your own. @default "l2" */
  readonly importance?: string | Importance;
  /**
   * Ways to refit layers on the samples, yours or those of `@prune/recovery`, of which held-out samples choose layer by
   * layer; in place of names in `recover`. @default least squares with several ridges, or the bias alone
   */
  readonly methods?: readonly Method[];
  /** Remove what changes no output before that. @default false */
  readonly lossless?: boolean;
}

/** Resolves options; refuses those that contradict each other, or that a format has no answer to. */
export function askedOf(options: PruneOptions, features: ReadonlySet<Feature>): AskedPrune {
  checkGiven(options, pruneOptions);
  const { importance: given = "l2", reduction, normaliser, seed = 0, methods: own, ...others } = options;
  const {
    data,
    dataConfig,
    labels,
    samples: most,
    recover,
    train,
    learnGates,
    lossless = false,
    ...rest
  } = others;
  const { mask = false, verify = true, verifyTime, verifyMemory, allocation, ...kept } = rest;
  const { keep, keepBy, curve, io, ...amounts } = kept;
  const {
    latencyTable,
    threads,
    basis = "given",
    depth,
    blocks,
    sizes: _,
    norms: which,
    ...choice
  } = amounts;
  // In a basis of its own a stream has most of its power in what stays: what norms saw is what the network knows.
  const norms = which ?? (basis === "given" ? "live" : "masked");
  if (lossless && !features.has("lossless")) throw badOption("lossless", "it needs an ONNX model");
  for (const [option, value] of Object.entries({ verifyTime, verifyMemory }))
    if (value !== undefined && !features.has("latency")) throw badOption(option, "it needs an ONNX model");
  if (io !== undefined && !features.has("io")) throw badOption("io", "it needs an ONNX model");
  checkTiming(amounts, features);
  const importance = typeof given === "string" ? criterion(given, { seed, reduction, normaliser }) : given;
  const name = typeof given === "string" ? given : given.name;
  const used = usesOfData(
    { samples: sampleFiles({ data, dataConfig, labels, samples: most }), lossless, mask, recover, features },
    { name, importance, allocation, keep: keep !== undefined },
  );
  if (own) checkMethods(own, { recover, recovers: used.recover });
  checkKeep(
    { keep, keepBy, curve },
    {
      ratio: choice.ratio,
      target: choice.target,
      mask,
      lossless,
      features,
      data: used.samples !== undefined,
      train: train !== undefined,
    },
  );
  const learned = learnedOf(
    { train, learnGates },
    {
      features,
      mask,
      samples: used.samples !== undefined,
      keep: keep !== undefined,
      ragged: choice.ragged === true,
    },
  );
  if (lossless) checkLossless({ ...amounts, ...(mask && { mask }) });
  if (mask && !features.has("mask")) throw badOption("mask", "it needs an ONNX model");
  checkBasis(basis, { mask, keep: keep !== undefined, recovers: used.recover, features }, used.samples);
  checkNorms(norms, { mask, keep: keep !== undefined, recovers: used.recover, features });
  checkDepth({ depth, blocks }, { mask, keep: keep !== undefined, recovers: used.recover, features }, choice);
  const { target } = choice;
  if (target && ("gzip" in target || "latency" in target) && !features.has("measured-budgets"))
    throw badOption("target", "models of this format can't be measured");
  const differentiates = importance.needs.some((need) => need === "gradients" || need === "curvature");
  if (differentiates && (choice.steps ?? 1) > 1)
    throw badOption(
      "steps",
      `gradients are taken once, so that {importance: ${importance.name}} scores in one step`,
    );
  const isWhole = choice.target === undefined && keep === undefined;
  return {
    importance,
    seed,
    choice: {
      ...choice,
      ...(isWhole && { ratio: choice.ratio ?? (depth === undefined && blocks === undefined ? 0.5 : 0) }),
    },
    ...used,
    ...(own && { methods: { ...used.methods, methods: own } }),
    ...learned,
    allocation,
    keep: keep && { keep, by: keepBy ?? "macs" },
    latencyTable,
    threads,
    norms,
    basis,
    depth,
    blocks,
    mask,
    verify,
    io,
    verifyTime,
    verifyMemory: verifyMemory === undefined ? undefined : verifyMemory * 1e9,
  };
}

/** What is timed, and in what: a table is for a target, both for the runtime of ONNX models. */
function checkTiming(
  { latencyTable, threads, target }: Pick<PruneConfig, "latencyTable" | "threads" | "target">,
  features: ReadonlySet<Feature>,
): void {
  if (!features.has("latency") && (latencyTable !== undefined || threads !== undefined))
    throw badOption(latencyTable !== undefined ? "latencyTable" : "threads", "it needs an ONNX model");
  if (latencyTable !== undefined && target === undefined)
    throw badOption("latencyTable", "it needs a {target}, which it chooses widths for");
}

/** Methods of one's own are what layers are refitted by, where layers are refitted. */
function checkMethods(
  methods: readonly Method[],
  { recover, recovers }: { readonly recover: string | undefined; readonly recovers: boolean },
): void {
  const wrong = !Array.isArray(methods) || methods.length === 0 || !methods.every(isMethod);
  if (wrong) throw badOption("methods", "it must be a list of methods, each { name, fit }");
  if (recover !== undefined && recover !== "auto")
    throw badOption("methods", `it can't be combined with {recover: ${recover}}; leave one out`);
  if (!recovers) throw badOption("methods", "it needs samples that are recovered on; add {data: PATH}");
}

const isMethod = ({ name, fit }: Partial<Method>): boolean =>
  typeof name === "string" && typeof fit === "function";

interface Recovering extends Pick<Given, "mask" | "features">, Pick<Uses, "keep"> {
  readonly recovers: boolean;
}

/** Which blocks leave is measured, or said. */
function checkDepth(
  { depth, blocks }: Pick<AskedPrune, "depth" | "blocks">,
  { mask, keep, recovers, features }: Recovering,
  { target }: AskedPrune["choice"],
): void {
  if (depth === undefined && blocks === undefined) return;
  const option = depth === undefined ? "blocks" : `depth: ${depth}`;
  if (!features.has("depth")) throw badOption(option, "it needs an ONNX model");
  if (depth !== undefined && blocks !== undefined)
    throw badOption(option, "it can't be combined with {blocks}, which says which leave");
  if (mask) throw badOption(option, "it can't be combined with {mask}");
  if (typeof depth === "number" && depth >= 1 && !Number.isInteger(depth))
    throw badOption(option, "it is a share below 1, or a whole number");
  if (depth !== "auto") return;
  if (keep) throw badOption(option, "it can't be combined with {keep}; say how many");
  if (!recovers) throw badOption(option, "it needs samples that are recovered on; add {data: PATH}");
  if (!target) throw badOption(option, "it needs a {target}, which units meet beside blocks");
}

/** Principal directions are of samples; a recipe can't tell them. */
function checkBasis(
  basis: AskedPrune["basis"],
  { mask, keep, recovers, features }: Recovering,
  samples: StoredSamples | undefined,
): void {
  if (basis === "given") return;
  const option = `basis: ${basis}`;
  if (!features.has("basis")) throw badOption(option, "it needs an ONNX model");
  if (!samples) throw badOption(option, "it needs samples; add {data: PATH}");
  if (mask) throw badOption(option, "it can't be combined with {mask}");
  if (basis !== "auto") return;
  if (!recovers) throw badOption(option, "it needs samples that are recovered on; add {data: PATH}");
  if (keep) throw badOption(option, "it can't be combined with {keep}; name one");
}

/** Other statistics are other models: which is nearer can only be told of recovered ones. */
function checkNorms(norms: AskedPrune["norms"], { mask, keep, recovers, features }: Recovering): void {
  if (norms === "live") return;
  const option = `norms: ${norms}`;
  if (!features.has("norms")) throw badOption(option, "it needs an ONNX model or a GraphModel");
  if (mask) throw badOption(option, "it can't be combined with {mask}");
  if (norms !== "auto") return;
  if (!recovers) throw badOption(option, "it needs samples that are recovered on; add {data: PATH}");
  if (keep) throw badOption(option, "it can't be combined with {keep}; name one");
}

/** What ranks and limits needs something to prune. */
function checkLossless(amount: PruneConfig): void {
  if (amount.mask) throw badOption("lossless", "it can't be combined with {mask}");
  const other = Object.keys(amount).find((name) => amount[name as keyof PruneConfig] !== undefined);
  if (other !== undefined && amount.ratio === undefined && amount.target === undefined)
    throw badOption("lossless", `"${other}" needs a ratio or a target beside it`);
}

interface About {
  readonly data?: string | undefined;
  readonly dataConfig?: PruneConfig["dataConfig"] | undefined;
  readonly labels?: string | undefined;
  readonly samples?: number | undefined;
}

/** The samples that are asked for; undefined if there are none, and then nothing may be said about them. */
export function sampleFiles({ data, dataConfig, labels, samples }: About): StoredSamples | undefined {
  if (data !== undefined)
    return {
      data,
      ...(dataConfig !== undefined && { config: dataConfig }),
      ...(labels !== undefined && { labels }),
      ...(samples !== undefined && { most: samples }),
    };
  const [option] =
    Object.entries({ dataConfig, labels, samples }).find(([, value]) => value !== undefined) ?? [];
  if (option !== undefined) throw badOption(option, "it needs samples; add {data: PATH}");
  return undefined;
}
