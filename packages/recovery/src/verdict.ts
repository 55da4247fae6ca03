import type { Compared } from "./comparison.js";
import { type Estimate, estimate } from "./estimate.js";

/** What a change of a model does on samples that had no part in it. */
export interface Verdict {
  /** Of the squared error relative to the variance, mean of all outputs: after - before, sample by sample. */
  readonly error: Estimate;
  /** Of the share of rows whose largest value is where the original's is, of outputs that look like scores of classes. */
  readonly top1?: Estimate;
  /**
   * "better": something is, by more than chance, and nothing is worse by more; or the error is lower where chance alone
   * could tell them apart. "worse": what `by` names is worse by more than chance, or else the error is higher.
   */
  readonly result: "better" | "worse";
  readonly by: "error" | "top1";
}

/** Standard errors of a paired difference that chance alone doesn't exceed, but one time in twenty. */
const noise = 2;

/**
 * Judges a change by how a model compared with the original before and after it. A user reads the largest score, or the
 * values themselves: so neither agreement nor error may get worse.
 */
export function verdict(before: readonly Compared[], after: readonly Compared[]): Verdict {
  const pairs = before.flatMap((old): (readonly [Compared, Compared])[] => {
    const now = after.find(({ name }) => name === old.name);
    return now ? [[old, now]] : [];
  });
  const scored = pairs.filter(([{ scores }]) => scores);
  const error = meanDifference(pairs, "errors");
  const top1 = scored.length > 0 ? meanDifference(scored, "top1") : undefined;
  const told = { error, ...(top1 && { top1 }) };
  if (!Number.isFinite(error.value) || isClear(error, 1)) return { ...told, result: "worse", by: "error" };
  if (top1 && isClear(top1, -1)) return { ...told, result: "worse", by: "top1" };
  if (top1 && isClear(top1, 1) && !isClear(error, -1)) return { ...told, result: "better", by: "top1" };
  return { ...told, result: error.value <= 0 ? "better" : "worse", by: "error" };
}

const isClear = ({ value, standardError }: Estimate, sign: 1 | -1): boolean =>
  sign * value > noise * standardError;

/** Mean over outputs of what changed, over samples; over batches where an output has no part for each sample. */
function meanDifference(pairs: readonly (readonly [Compared, Compared])[], of: "errors" | "top1"): Estimate {
  const [[first] = []] = pairs;
  const bySample = pairs.every(([before]) =>
    before[of].every(({ length }, b) => length === first?.[of][b]?.length),
  );
  const lists = pairs.map(([before, after]) =>
    before[of].flatMap((old, b) => {
      const changes = Array.from(old, (v, s) => (after[of][b]?.[s] as number) - v);
      return bySample ? changes : changes.reduce((sum, v) => sum + v / changes.length, 0);
    }),
  );
  const [some = []] = lists;
  return estimate(
    Float64Array.from(some, (_, i) =>
      lists.reduce((sum, list) => sum + (list[i] as number) / lists.length, 0),
    ),
  );
}
