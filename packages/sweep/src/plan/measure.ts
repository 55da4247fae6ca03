/** What can be measured of a candidate. */
export const measures = [
  "bytes",
  "gzip",
  "macs",
  "parameters",
  "milliseconds",
  "agreement",
  "accuracy",
] as const;

/**
 * `bytes` of the model's files and the same after `gzip`; `macs` and `parameters`; `milliseconds` of one run; `agreement`,
 * the share of samples that it answers as the original does; `accuracy`, the share of right answers.
 */
export type SweepMeasure = (typeof measures)[number];

/** Whether more of it is better; of all others less is. */
export const isMore = (measure: SweepMeasure): boolean => measure === "agreement" || measure === "accuracy";
