import type { Law } from "./law.js";

/** An error above this is never put down to rounding, however much the masked model's own noise grows. */
const largestNoise = 1e-2;

/** Whether the law holds, and whether that shows anything. */
export interface LawVerdict {
  /**
   * The error is within tolerance, or within the runtime's own noise on either side of the comparison, and the outputs
   * have the original's form.
   */
  readonly holds: boolean;
  /** The mask changes no output, or no output says anything, so that the comparison shows little. */
  readonly vacuous: boolean;
}

/** Whether what was measured proves a cut; `tolerance` is relative to the largest masked output. */
export function judge({ error, noise = 0, sameForm, moved, blank }: Law, tolerance: number): LawVerdict {
  return {
    holds: sameForm && (error <= tolerance || isExcused(error, noise)),
    vacuous: moved <= tolerance || blank,
  };
}

/** An error that rounding alone explains. */
export const isExcused = (error: number, noise = 0): boolean => error < largestNoise && error <= 2 * noise;
