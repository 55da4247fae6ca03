import type { Answers } from "./agreement.js";
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
 * Share of answers whose largest value is at the label.
 * @throws {RecoveryError} "no-class-output", "label-range" where answers are no rows of classes that labels name.
 */
export function rightAnswers(answers: Answers, labels: ArrayLike<number>): Estimate {
  checkLabels(answers, labels);
  return estimate(Float64Array.from(best(answers), (found, row) => (found === labels[row] ? 1 : 0)));
}

/** Throws unless there is a row for each label, and a place in it. */
export function checkLabels({ values, classes }: Answers, labels: ArrayLike<number>): void {
  const rows = values.length / classes;
  if (rows !== labels.length) throw new RecoveryError("no-class-output", { rows, samples: labels.length });
  for (let index = 0; index < rows; index++) {
    const label = labels[index] as number;
    if (!(label < classes)) throw new RecoveryError("label-range", { index, label, classes });
  }
}

/** Where each row is largest, the first of equals. */
export function best({ values, classes }: Answers): Int32Array {
  return Int32Array.from({ length: values.length / classes }, (_, row) => {
    let at = 0;
    for (let i = 1; i < classes; i++)
      if ((values[row * classes + i] as number) > (values[row * classes + at] as number)) at = i;
    return at;
  });
}
