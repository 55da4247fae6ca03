/** A mean over samples that nothing was fitted to, with its standard error. */
export interface KeepEstimate {
  readonly value: number;
  readonly standardError: number;
}

/** How a model does beside the original, on samples that nothing was fitted to. */
export interface JudgedModel {
  /** Share of the answers whose largest value is where the original's is. */
  readonly agreement: KeepEstimate;
  /** Share of right answers; where there are labels. */
  readonly accuracy?: KeepEstimate;
  /** Of the accuracy against the original's, sample by sample; where there are labels. */
  readonly change?: KeepEstimate;
}

/** Which estimate is judged, and the least it may be. */
export interface Bar {
  readonly measure: keyof JudgedModel;
  readonly least: number;
}
