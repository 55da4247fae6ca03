import type { Agreement } from "./agreement.js";
import { addBatch, finished, type Sums, startSums } from "./comparison-sums.js";
import { RecoveryError } from "./errors.js";

/** One output of a model for one batch of samples. */
export interface OutputValues {
  readonly name: string;
  readonly values: ArrayLike<number>;
  /** Rows are along the last of them. */
  readonly dims: readonly number[];
  /** Rows are known to be scores of classes, as behind a softmax. @default whether there is one row of two numbers or more for each sample, and of many one stands out */
  readonly scores?: boolean;
}

/** How closely two models agree in one output. */
export interface Compared {
  readonly name: string;
  readonly agreement: Agreement;
  /** Rows look like scores of classes, whose largest is what is read. */
  readonly scores: boolean;
  /**
   * Squared error relative to the variance, and share of rows with the largest at the same place: for every batch, by
   * sample, or one number where the output has no part for each.
   */
  readonly errors: readonly Float64Array[];
  readonly top1: readonly Float64Array[];
  /** Scores in a row, and where each is largest. */
  readonly classes: number;
  readonly dense: Int32Array;
  readonly other: Int32Array;
}

/** Compares two models batch by batch; outputs are let go. */
export interface Comparing {
  add(dense: readonly OutputValues[], other: readonly OutputValues[], samples: number): void;
  /** The outputs that could be compared, in the first model's order: some may have another size for every model. */
  outputs(): readonly Compared[];
}

export function comparing(): Comparing {
  const byName = new Map<string, Sums>();
  return {
    add(dense, other, samples) {
      const others = new Map(other.map((output) => [output.name, output]));
      for (const output of dense) {
        const sums = byName.get(output.name) ?? startSums();
        byName.set(output.name, sums);
        addBatch(sums, output, others.get(output.name), samples);
      }
    },
    outputs: () => [...byName].flatMap(([name, sums]) => (sums.alike ? [{ name, ...finished(sums) }] : [])),
  };
}

/**
 * Compares answers as they come; `samples` says how many each batch has.
 * @throws {RecoveryError} "not-a-number", "no-comparable-output".
 */
export async function compareAnswers(
  dense: AsyncIterable<readonly OutputValues[]> | Iterable<readonly OutputValues[]>,
  other: AsyncIterable<readonly OutputValues[]> | Iterable<readonly OutputValues[]>,
  samples: readonly number[],
): Promise<readonly Compared[]> {
  const comparison = comparing();
  const others = Symbol.asyncIterator in other ? other[Symbol.asyncIterator]() : other[Symbol.iterator]();
  let batch = 0;
  try {
    for await (const outputs of dense) {
      for (const { name, values } of outputs)
        for (let i = 0; i < values.length; i++)
          if (Number.isNaN(values[i])) throw new RecoveryError("not-a-number", { output: name, batch });
      const { value, done } = await others.next();
      comparison.add(outputs, done ? [] : value, samples[batch++] as number);
    }
  } finally {
    await others.return?.();
  }
  const outputs = comparison.outputs();
  if (outputs.length === 0) throw new RecoveryError("no-comparable-output", {});
  return outputs;
}
