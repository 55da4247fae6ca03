import { RecoveryError } from "./errors.js";

/** A mean over samples, with its standard error: samples count, not the rows that a sample answers with. */
export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

/** The mean of values, one a sample. */
export function estimate(values: Float64Array): Estimate {
  const n = values.length;
  const value = values.reduce((a, b) => a + b, 0) / n;
  const spread = values.reduce((sum, v) => sum + (v - value) ** 2, 0);
  return { value, standardError: n > 1 ? Math.sqrt(spread / (n - 1) / n) : Number.NaN };
}

/**
 * Share of rows whose largest value is at the label.
 * @param places where each row is largest, of so many classes.
 * @throws {RecoveryError} "no-class-output", "label-range" where there are no rows of classes that labels name.
 */
export function rightAnswers(places: Int32Array, classes: number, labels: ArrayLike<number>): Estimate {
  checkLabels(places.length, classes, labels);
  return estimate(Float64Array.from(places, (found, row) => (found === labels[row] ? 1 : 0)));
}

/** Throws unless there is a row for each label, and a place in it. */
export function checkLabels(rows: number, classes: number, labels: ArrayLike<number>): void {
  if (rows !== labels.length) throw new RecoveryError("no-class-output", { rows, samples: labels.length });
  for (let index = 0; index < rows; index++) {
    const label = labels[index] as number;
    if (!(label >= 0 && label < classes)) throw new RecoveryError("label-range", { index, label, classes });
  }
}
