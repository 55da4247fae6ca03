/** What each error tells: the code, and the facts that its message is made from. */
export interface RecoveryErrors {
  readonly "bad-option": { readonly option: string; readonly value: unknown; readonly want: string };
  readonly "not-finite": { readonly what: string };
  readonly "no-rows": { readonly layer: string };
  readonly "worker-lost": { readonly reason: string };
}

export type RecoveryErrorCode = keyof RecoveryErrors;

const messages: { readonly [C in RecoveryErrorCode]: (detail: RecoveryErrors[C]) => string } = {
  "bad-option": ({ option, value, want }) => `The option \`${option}\` is ${want}; got ${String(value)}.`,
  "not-finite": ({ what }) =>
    `${what} hold NaN or infinity, so nothing can be fitted to them. Check the samples and the model's weights.`,
  "no-rows": ({ layer }) =>
    `No sample reaches layer "${layer}". Give samples, and more than are held out of them.`,
  "worker-lost": ({ reason }) =>
    `A worker that solves equations ended (${reason}). Solve without workers: \`solver: inlineSolver()\`.`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export class RecoveryError<C extends RecoveryErrorCode = RecoveryErrorCode> extends Error {
  override readonly name = "RecoveryError";
  readonly code: C;
  readonly detail: RecoveryErrors[C];

  constructor(code: C, detail: RecoveryErrors[C], options?: ErrorOptions) {
    super(messages[code](detail), options);
    this.code = code;
    this.detail = detail;
  }
}
