import type { Law } from "./law.js";
import { isExcused } from "./tolerance.js";

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
