import { nearest } from "@prune/graph/advanced";
import type {
  ApplyOptions,
  BenchOptions,
  EvaluateOptions,
  LosslessJob,
  OpenOptions,
  SensitivityJob,
  VerifyOptions,
} from "../calls.js";
import { badOption, WorkflowError } from "../errors.js";
import { metrics } from "../sensitivity/measure.js";
import type { PruneOptions } from "./asked.js";
import { fieldFault } from "./config-fault.js";
import type { Field } from "./field.js";
import { configRows, fields } from "./schema.js";

/**
 * What a call takes: `option` is of the table, and its value is what the table says; else a field says what it may be, and
 * what is `own` is checked where it is used.
 */
export type Takes<Options> = { readonly [Name in keyof Required<Options>]: "option" | "own" | Field };

/** Those of a pruning: all that a configuration may hold, and what only code can give. */
export const pruneOptions: Takes<PruneOptions> = {
  ...(Object.fromEntries(configRows.map(([name]) => [name, "option"])) as Takes<
    Omit<PruneOptions, "lossless" | "methods">
  >),
  lossless: "own",
  methods: "own",
};

const job = { signal: "own", onProgress: "own" } as const;
const aboveZero: Field = { type: "number", exclusiveMinimum: 0 };
const numbers: Field = { type: "array", items: { type: "number" } };
const one = (words: readonly string[]): Field => ({ type: "string", enum: words });
const targets = { out: "own", report: "own" } as const;

/** Those of the other calls; a training checks its own. */
export const takes: {
  readonly open: Takes<OpenOptions>;
  readonly lossless: Takes<LosslessJob>;
  readonly apply: Takes<ApplyOptions>;
  readonly verify: Takes<VerifyOptions>;
  readonly sensitivity: Takes<SensitivityJob>;
  readonly evaluate: Takes<EvaluateOptions>;
  readonly bench: Takes<BenchOptions>;
} = {
  open: { ...job, io: "option", sizes: "option" },
  lossless: { ...job, ...targets, reads: "own", verify: "option", sizes: "option" },
  apply: { ...job, out: "own", recipe: "own", verify: "option", sizes: "option" },
  verify: { ...job, recipe: "own", samples: "own", seed: "option", sizes: "option" },
  sensitivity: {
    ...job,
    ...{ importance: "option", reduction: "option", normaliser: "option", seed: "option" },
    ...{ ignore: "option", sizes: "option", metric: one(metrics), ratios: numbers },
    ...{ samples: "own", out: "own", also: "own", writes: "own" },
  },
  evaluate: { ...job, batch: aboveZero },
  bench: { ...job, seconds: aboveZero, threads: "option", sizes: "option" },
};

/** Refuses names that are no option of a call, and values that an option doesn't take. */
export function checkGiven<Options extends object>(given: Options, takes: Takes<Options>): void {
  const known = Object.keys(takes);
  for (const [option, value] of Object.entries(given)) {
    if (!known.includes(option))
      throw new WorkflowError("unknown-option", { option, nearest: nearest(option, known, 2) });
    // A criterion may be given as it is.
    const isPlugin = option === "importance" && typeof value !== "string";
    const field = takes[option as keyof Options];
    if (value === undefined || isPlugin || field === "own") continue;
    const why = fieldFault(value, field === "option" ? (fields[option] as Field) : field);
    if (why !== undefined) throw badOption(option, why);
  }
}
