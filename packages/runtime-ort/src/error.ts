import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What each error carries: the code, and the facts that its message is made from. */
export interface RuntimeErrors {
  "runtime-missing": { readonly reason: string };
  "model-refused": { readonly model: string; readonly reason: string };
  "law-broken": { readonly error: number; readonly tolerance: number };
  "law-run-failed": {
    readonly model: "masked" | "cut";
    readonly reason: string;
    /** Why the original isn't run as it is either. */
    readonly refused?: string;
  };
  "law-late": { readonly limit: number };
  "run-failed": { readonly inputs: string; readonly reason: string };
  "inputs-unknown": Record<never, never>;
  "input-missing": { readonly input: string };
  "input-type": { readonly input: string; readonly type: string };
  "input-shape": { readonly input: string; readonly reason: string };
  "no-room-in-buffer": {
    readonly input: string;
    readonly buffer: string;
    readonly past: number;
    readonly room: number;
  };
  "no-sessions": Record<never, never>;
  "no-profile": { readonly reason: string };
  "bad-table": { readonly where: string; readonly want: string };
  "other-table": { readonly what: string; readonly table: string; readonly here: string };
  "labels-missing": Record<never, never>;
  "label-range": { readonly index: number; readonly label: number; readonly classes: number };
  "no-class-output": { readonly outputs: string };
  "not-text": Record<never, never>;
  "token-range": { readonly token: number; readonly classes: number };
  "no-token-output": { readonly outputs: string };
}

/** What `RuntimeError.code` can be: a key of the package's messages. */
export type RuntimeErrorCode = keyof RuntimeErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<RuntimeErrors> = {
  "runtime-missing": ({ reason }) =>
    `ONNX Runtime can't be loaded (${reason}). Install it: \`npm install onnxruntime-node\`, or \`npm install onnxruntime-web\` where there is no native build for the machine.`,
  "model-refused": ({ model, reason }) => `onnxruntime refuses the model ${model}: ${reason}`,
  "run-failed": ({ inputs, reason }) =>
    `onnxruntime failed while running the model on ${inputs}: ${reason}. Check the shapes and the ranges of the inputs.`,
  "law-broken": ({ error, tolerance }) =>
    `The law cut = mask does not hold: relative error ${error.toExponential(1)}, at most ${tolerance} is allowed. A rule of your own may say too little; else this is a bug in @prune or in the runtime: please report it with the model's structure.`,
  "law-run-failed": ({ model, reason, refused }) =>
    refused === undefined
      ? `The ${model} model can't be run where the original can: ${reason}. This is a fault of @prune: please report it.`
      : `The ${model} model can't be run: ${reason}. The original isn't run as it is either, but only after the runtime has rewritten it (${refused}): check the file with onnx.checker, or export it again.`,
  "law-late": ({ limit }) =>
    `Checking the law cut = mask took longer than the ${limit} seconds that it was given. Give it more, smaller sizes, or samples of them.`,
  "inputs-unknown": () =>
    "This session says nothing of its inputs: onnxruntime before 1.22 gives their names alone. Open the model by `createSession`, or give `inputs: inputsOf(readModel(bytes).graph)`.",
  "input-missing": ({ input }) =>
    `The model needs the input "${input}" and the feeds have none. Add it under that name.`,
  "input-type": ({ input, type }) =>
    `No values can be made for input "${input}" of type ${type}. Make a feed for it yourself.`,
  "input-shape": ({ input, reason }) =>
    `No shape can be chosen for input "${input}": ${reason}. Pass \`shapes: { "${input}": [...] }\`.`,
  "no-room-in-buffer": ({ input, buffer, past, room }) =>
    `The model isn't run with "${input}" = ${past} where the buffer "${buffer}" holds ${room}: onnxruntime's DecoderMaskedMultiHeadAttention would read and write beyond its buffers. Give it at least 1, and fewer steps than the buffer holds.`,
  "no-sessions": () => "There is nothing to measure. Pass at least one session.",
  "no-profile": ({ reason }) =>
    `onnxruntime's profiler gave nothing to read: ${reason}. Check that the folder for temporary files can be written.`,
  "bad-table": ({ where, want }) =>
    `This is no latency table that can be read: ${where} must be ${want}. Delete it, and it is measured anew.`,
  "other-table": ({ what, table, here }) =>
    `The latency table was measured for another ${what}: ${table}, and here it is ${here}. Give another file, and it is measured anew.`,
  "labels-missing": () => "Accuracy needs labels, one per sample. Give them with the samples.",
  "label-range": ({ index, label, classes }) =>
    `Label ${label} of sample ${index} is outside the model's ${classes} classes. Check that labels and model belong together.`,
  "no-class-output": ({ outputs }) =>
    `Accuracy needs an output of rank 2, samples x classes; the model gives ${outputs}.`,
  "not-text": () => "Perplexity is of text. Give samples of a .txt or .jsonl file.",
  "token-range": ({ token, classes }) =>
    `The text has the token ${token}, and the model knows ${classes}. Check that tokenizer and model belong together.`,
  "no-token-output": ({ outputs }) =>
    `Perplexity needs an output of rank 3, samples x tokens x vocabulary; the model gives ${outputs}.`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type RuntimeError<Code extends RuntimeErrorCode = RuntimeErrorCode> = ErrorOf<RuntimeErrors, Code>;
export const RuntimeError: ErrorClass<RuntimeErrors> = /* @__PURE__ */ catalogue(
  "@prune/runtime-ort",
  "RuntimeError",
  messages,
);

/** Whether a model can't be run on what it was fed: it may run on other sizes. */
export const isUnrunnable = (error: unknown): error is RuntimeError =>
  RuntimeError.is(error, "run-failed") || RuntimeError.is(error, "no-room-in-buffer");

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().replace(/\.$/, "");
}
