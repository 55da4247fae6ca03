/** How often a classifier is right on labelled samples. */
export interface Evaluation {
  readonly samples: number;
  readonly correct: number;
  readonly top1: number;
  readonly classes: readonly { readonly name: string; readonly samples: number; readonly correct: number }[];
}
