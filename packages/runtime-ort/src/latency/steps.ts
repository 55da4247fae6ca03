/**
 * How an operator's time goes with the size of an axis: in steps, as runtimes work on whole vectors and blocks.
 * A size that is no multiple of `needs` takes another path, which goes with the size itself.
 */
export interface Steps {
  /** Sizes are padded to multiples of this. */
  readonly block: number;
  /** Sizes that are multiples of this take the fast path. */
  readonly needs: number;
}

export const smooth: Steps = { block: 1, needs: 1 };

/** Every kind of steps that is told apart. */
export const kindsOfSteps: readonly Steps[] = [1, 4, 8, 16, 32].flatMap((block) =>
  [1, 2, 4, 8, 16].flatMap((needs) => (needs <= block ? [{ block, needs }] : [])),
);

export const isAligned = (size: number, { needs }: Steps): boolean => size % needs === 0;

/** What a size costs like. */
export const padded = (size: number, steps: Steps): number =>
  isAligned(size, steps) ? Math.ceil(size / steps.block) * steps.block : size;
