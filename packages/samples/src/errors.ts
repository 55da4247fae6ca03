import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What each error carries: the code, and the facts that its message is made from. */
export interface SamplesErrors {
  unreadable: { readonly path: string; readonly why: string };
  /** The file is not what its name says, ends early, or has another form. */
  "bad-file": { readonly path: string; readonly why: string };
  /** The configuration of samples. */
  "config-invalid": { readonly field: string; readonly reason: string };
  "no-shape": { readonly path: string };
  "images-size": { readonly bytes: number; readonly sample: number; readonly shape: string };
  "labels-count": { readonly samples: number; readonly labels: number };
  "bad-label": { readonly index: number; readonly label: number };
  "no-images": { readonly path: string };
  "bad-image": { readonly path: string; readonly why: string };
  "no-decoder": { readonly why: string };
  "no-text-reader": { readonly why: string };
  "no-tokenizer": { readonly path: string };
  "bad-tokenizer": { readonly path: string; readonly why: string };
  /** Text is for models of tokens. */
  "no-token-input": { readonly inputs: string };
  /** The sizes of a cache must be known to make an empty one. */
  "open-cache": { readonly input: string; readonly model: string };
  "image-size": { readonly input: string; readonly model: string };
  "input-missing": { readonly input: string; readonly entries: string };
  "samples-count": { readonly counts: string };
  "samples-input": { readonly input: string; readonly model: string; readonly shape: string };
  "input-type": { readonly input: string; readonly type: string };
  /** A value that the model's element type can't hold. */
  "bad-value": {
    readonly input: string;
    readonly sample: number;
    readonly value: number;
    readonly type: string;
  };
}

/** What `SamplesError.code` can be: a key of the package's messages. */
export type SamplesErrorCode = keyof SamplesErrors;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<SamplesErrors> = {
  unreadable: ({ path, why }) => `Can't read ${path}: ${why}.`,
  "bad-file": ({ path, why }) => `${path} can't be used as samples: ${why}.`,
  "config-invalid": ({ field, reason }) => `The sample configuration's "${field}" is wrong: ${reason}.`,
  "no-shape": ({ path }) =>
    `${path} holds raw bytes; which shape does a sample have? Give a configuration with "shape", such as [3, 32, 32].`,
  "images-size": ({ bytes, sample, shape }) =>
    `${bytes} image bytes are not a whole, positive number of samples of ${sample} bytes (shape ${shape}). Check the file and the configuration's "shape".`,
  "labels-count": ({ samples, labels }) =>
    `There are ${samples} samples and ${labels} labels. Pass one label per sample.`,
  "bad-label": ({ index, label }) =>
    `Label ${label} of sample ${index} is no class. Labels are whole numbers from 0, one per sample.`,
  "no-images": ({ path }) =>
    `${path} holds no images. A folder of images has files such as .jpg or .png, in it or in one folder per class.`,
  "bad-image": ({ path, why }) => `The image ${path} can't be decoded: ${why}. Mend it or take it out.`,
  "no-decoder": ({ why }) =>
    `Images need the package sharp, which can't be loaded (${why}): \`npm install sharp\`.`,
  "no-text-reader": ({ why }) =>
    `Text needs the package @huggingface/tokenizers, which can't be loaded (${why}): \`npm install @huggingface/tokenizers\`.`,
  "no-tokenizer": ({ path }) =>
    `Text needs the model's tokenizer, and there is no ${path}. Put it beside the model, or name it under "tokenizer" of the samples' configuration.`,
  "bad-tokenizer": ({ path, why }) => `${path} can't be used as a tokenizer: ${why}.`,
  "no-token-input": ({ inputs }) =>
    `Text is for models of tokens, with an input such as input_ids[batch,sequence]; this one takes ${inputs}.`,
  "open-cache": ({ input, model }) =>
    `The model's input "${input}" (${model}) doesn't tell the sizes of an empty cache. Make a file of samples (.npz) with it, or fix its sizes in the model.`,
  "image-size": ({ input, model }) =>
    `The model's input "${input}" (${model}) doesn't tell the size of an image. Give a configuration with "shape", such as [3, 224, 224].`,
  "input-missing": ({ input, entries }) =>
    `The model needs the input "${input}"; the samples have ${entries}. Name the entry under "inputs" of the configuration: { "${input}": "ENTRY" }.`,
  "samples-count": ({ counts }) =>
    `The entries have different numbers of samples: ${counts}. Each needs as many.`,
  "samples-input": ({ input, model, shape }) =>
    `Samples of shape ${shape} don't fit the model's input "${input}" (${model}). Check the data, and the configuration's "shape".`,
  "input-type": ({ input, type }) => `No values can be made for input "${input}" of type ${type}.`,
  "bad-value": ({ input, sample, value, type }) =>
    `Sample ${sample} has ${value} for the input "${input}", ${Number.isFinite(value) ? `which ${type} can't hold` : "from which nothing can be computed"}. Mend the data, or the configuration's "scale", "mean" and "std".`,
};

/** Every error of this package: `code` to branch on, `detail` with the facts, `message` to read. */
export type SamplesError<Code extends SamplesErrorCode = SamplesErrorCode> = ErrorOf<SamplesErrors, Code>;
export const SamplesError: ErrorClass<SamplesErrors> = /* @__PURE__ */ catalogue(
  "@prune/samples",
  "SamplesError",
  messages,
);

/** "no such file or directory" of "ENOENT: no such file or directory, open 'x'". */
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    .trim()
    .replace(/^E[A-Z]+: /, "")
    .replace(/, \w+( '.*')?$/, "")
    .replace(/\.$/, "");
