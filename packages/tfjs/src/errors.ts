import { catalogue, type ErrorClass, type ErrorOf, type Messages } from "@prune/errors";

/** What an error of each code carries. */
export interface TfjsErrorDetail {
  readonly "not-json": { readonly why: string };
  readonly "not-a-model": { readonly why: string };
  readonly malformed: { readonly where: string; readonly why: string };
  readonly "duplicate-name": { readonly node: string };
  readonly "dangling-input": { readonly node: string; readonly input: string };
  /** What TensorFlow.js itself says of a model that it can't load. */
  readonly unloadable: { readonly why: string };
  readonly "missing-weight": { readonly node: string };
  readonly "missing-shard": { readonly path: string; readonly why: string };
  readonly "bad-shard-path": { readonly path: string };
  readonly "size-mismatch": { readonly expected: number; readonly found: number };
  readonly cycle: { readonly nodes: readonly string[] };
  readonly "unreadable-file": { readonly path: string; readonly why: string };
  readonly "unwritable-file": { readonly path: string; readonly why: string };
  readonly "overwrites-input": { readonly path: string };
  readonly "unknown-layer": { readonly layer: string; readonly of: string };
  readonly "foreign-trace": Readonly<Record<never, never>>;
  readonly "not-loaded": Readonly<Record<never, never>>;
  readonly "samples-misfit": {
    readonly batch: number;
    readonly inputs: number;
    readonly tensors: number;
  };
  readonly "samples-refused": { readonly batch: number; readonly shapes: string; readonly why: string };
  readonly "few-batches": { readonly batches: number };
  readonly "non-finite": { readonly tensor: string; readonly index: number; readonly value: number };
  readonly "inconsistent-cut": { readonly tensor: string; readonly what: string };
}

/** What `TfjsError.code` can be: a key of the package's messages. */
export type TfjsErrorCode = keyof TfjsErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<TfjsErrorDetail> = {
  "not-json": ({ why }) =>
    `Not a model.json: ${why}. Give the path of the model.json that tensorflowjs_converter or model.save wrote.`,
  "not-a-model": ({ why }) =>
    `Not a TensorFlow.js model: ${why}. Give a model.json with a modelTopology and a weightsManifest.`,
  malformed: ({ where, why }) => `The model is damaged: ${why} in ${where}. Download or convert it again.`,
  "duplicate-name": ({ node }) => `Two nodes are called "${node}". Convert the model again.`,
  "dangling-input": ({ node, input }) =>
    `Node "${node}" reads "${input}", which no node makes. Convert the model again.`,
  unloadable: ({ why }) =>
    `TensorFlow.js can't load this model: ${why}. Check that its weights belong to its topology, or convert it again.`,
  "missing-weight": ({ node }) =>
    `Constant "${node}" has no entry in the weights manifest. Convert the model again.`,
  "missing-shard": ({ path, why }) =>
    `Can't read the weights file ${path}: ${why}. Put it beside model.json.`,
  "bad-shard-path": ({ path }) =>
    `The weights manifest names "${path}", which leads out of the model's folder. Don't trust this file.`,
  "size-mismatch": ({ expected, found }) =>
    `The weights files hold ${found} bytes; the manifest describes ${expected}. They belong to another model or are cut short; get them again.`,
  cycle: ({ nodes }) =>
    `The graph has a cycle without NextIteration: ${nodes.join(" -> ")}. Convert it again.`,
  "unreadable-file": ({ path, why }) => `Can't read ${path}: ${why}. Check the path and its permissions.`,
  "unwritable-file": ({ path, why }) => `Can't write ${path}: ${why}. Choose another output folder.`,
  "overwrites-input": ({ path }) =>
    `${path} is a file of the input model, and inputs are never modified. Choose another output folder.`,
  "unknown-layer": ({ layer, of }) =>
    `Layer "${layer}" is of class ${of}, which TensorFlow.js doesn't know: written in Python, or not registered. Register it by tf.serialization.registerClass(), load the model, and prune it with layersModel({ rules: { ...layerRules, ${of}: rule } }); without a rule it is frozen.`,
  "foreign-trace": () =>
    "This trace is not of a model of this kind. Pass the one that the same backend's trace(model) gave.",
  "not-loaded": () =>
    "A GraphModel runs samples by TensorFlow.js: pass `loaded: await tf.loadGraphModel(...)` of the same model.",
  "samples-misfit": ({ batch, inputs, tensors }) =>
    `Batch ${batch} of the samples has ${tensors} tensors, and the model takes ${inputs}. Give \`xs\` in the order of its inputs.`,
  "samples-refused": ({ batch, shapes, why }) =>
    `The model can't run on batch ${batch} of the samples, of shape ${shapes}: ${why}. Give them in the shapes that its inputs take, the batch first.`,
  "few-batches": ({ batches }) =>
    `Recovery fits to some batches of samples and judges by others; got ${batches}. Give at least 2, of 32 samples or more.`,
  "non-finite": ({ tensor, index, value }) =>
    `Element ${index} of tensor "${tensor}" is ${value}, so no weight in it can be compared. Train or convert the model again, or ignore this tensor.`,
  "inconsistent-cut": ({ tensor, what }) =>
    `The cut would not give a consistent model at "${tensor}": ${what}. Nothing was written. Ignore the layers around it, and report the model.`,
};

/** Everything that this package throws: `code` says which, `detail` holds the names and numbers. */
export type TfjsError<Code extends TfjsErrorCode = TfjsErrorCode> = ErrorOf<TfjsErrorDetail, Code>;
export const TfjsError: ErrorClass<TfjsErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/tfjs",
  "TfjsError",
  messages,
);
