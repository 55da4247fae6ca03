import type { Trace } from "@prune/graph";
import { random } from "@prune/importance-magnitude";
import type { Model, OnnxBackend } from "@prune/onnx";
import { plan } from "@prune/pruner";
import { type Chosen, makeOrRepair, partsOf, type RatioOptions } from "@prune/pruner/advanced";

/** Ways of pruning that every graph is put through. */
export const modes = {
  /** Channels, and dims inside heads, the same in every head. */
  channels: { ratio: 0.5 },
  /** Whole heads, key/value groups, the query heads of each, groups of grouped convolutions. */
  heads: { ratio: 0, heads: 0.5, queryHeads: 0.5 },
  both: { ratio: 0.5, heads: 0.5, queryHeads: 0.5 },
  /** Dims inside heads and groups, different ones in each. */
  ragged: { ratio: 0, headDims: 0.5, ragged: true },
} as const satisfies Record<string, RatioOptions>;

export type Mode = keyof typeof modes;

export const modeNames = Object.keys(modes) as readonly Mode[];

/** What a mode removes from a model, or why it removes nothing; undefined where it has nothing to work on. */
export interface ModePlan {
  readonly chosen: Chosen;
  readonly trace: Trace;
  readonly removed: number;
  readonly why: readonly string[];
}

export async function planOf(
  backend: OnnxBackend,
  model: Model,
  traced: Trace,
  mode: Mode,
): Promise<ModePlan | undefined> {
  const trace = mode === "ragged" ? traced.ragged() : traced;
  const parts = new Set<string>(partsOf(trace));
  const works = mode === "ragged" ? parts.has("columns") : parts.has("rows") || parts.has("copies");
  if (mode !== "channels" && !works) return undefined;
  const options = { ...modes[mode], backend, importance: random({ seed: 1 }), trace: traced };
  const planned = await plan(model, options);
  // Nothing is made but the edit: the cut is written straight to a file later.
  const made = makeOrRepair(planned.trace, planned.chosen, planned.scores, (cut) =>
    backend.edit(model, planned.trace, cut),
  );
  const { chosen } = made;
  return {
    chosen,
    trace: planned.trace,
    removed: chosen.choices.reduce((sum, choice) => sum + choice.removed.length, 0),
    why: [...new Set(chosen.choices.flatMap(({ asked, why }) => (asked.ratio > 0 ? why : [])))],
  };
}
