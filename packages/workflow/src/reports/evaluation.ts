/** How often a classifier is right on labelled samples, or a language model on the next token of a text. */
export interface Evaluation {
  readonly samples: number;
  /** Samples whose class is right; of text, tokens. */
  readonly correct: number;
  readonly top1: number;
  /** Of text none. */
  readonly classes: readonly { readonly name: string; readonly samples: number; readonly correct: number }[];
  /** Of text: e to the mean negative log-likelihood of its tokens. */
  readonly perplexity?: number;
  /** Of text: how many tokens were predicted. */
  readonly tokens?: number;
}
