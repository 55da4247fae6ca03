/** Residual streams that were put into the principal directions of samples. */
export interface BasisReport {
  /** Positions along each stream. */
  readonly widths: readonly number[];
  /** max |turned - original| / max |original| on random inputs: rounding. */
  readonly error: number;
}
