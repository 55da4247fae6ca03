import { catalogue, type ErrorClass, type ErrorOf, type Messages, type PruneError } from "@prune/errors";

/** What an error of each code carries. */
export interface OnnxErrorDetail {
  readonly "not-bytes": { readonly given: string };
  readonly "not-onnx": { readonly looksLike: string };
  readonly truncated: { readonly where: string; readonly missing: number };
  readonly malformed: { readonly where: string; readonly why: string };
  readonly "no-graph": Readonly<Record<never, never>>;
  readonly "unsupported-version": { readonly what: string; readonly version: number };
  readonly "no-opset": { readonly domain: string; readonly node: string };
  readonly "duplicate-name": { readonly tensor: string; readonly graph: string };
  readonly "dangling-input": { readonly tensor: string; readonly node: string };
  /** A node that ONNX's own rules exclude: its inputs, attributes or the shapes that meet in it. */
  readonly "invalid-node": { readonly node: string; readonly op: string; readonly why: string };
  readonly cycle: { readonly nodes: readonly string[] };
  readonly "too-deep": { readonly limit: number };
  readonly "too-big": { readonly bytes: number };
  readonly "bad-shape": { readonly tensor: string; readonly shape: readonly number[] };
  readonly "size-mismatch": { readonly tensor: string; readonly expected: number; readonly found: number };
  readonly "unreadable-type": { readonly tensor: string; readonly elementType: number };
  readonly "bad-location": { readonly tensor?: string; readonly location: string; readonly why: string };
  readonly "no-external-reader": { readonly tensor: string; readonly location: string };
  readonly "missing-external": { readonly location: string; readonly path: string };
  readonly "external-range": {
    readonly location: string;
    readonly offset: number;
    readonly length: number;
    readonly size: number;
  };
  readonly "unreadable-file": { readonly path: string; readonly why: string };
  readonly "unwritable-file": { readonly path: string; readonly why: string };
  readonly "overwrites-input": { readonly path: string };
  readonly "unknown-edit": { readonly what: string; readonly name: string };
  readonly "name-taken": { readonly tensor: string };
  /** A name of inputs and outputs that may shrink which fits none of them. */
  readonly "unknown-end": { readonly name: string; readonly names: readonly string[] };
  readonly "foreign-trace": Readonly<Record<never, never>>;
  readonly "non-finite": { readonly tensor: string; readonly index: number; readonly value: number };
  /** A tensor that can't be masked: the cut may be right, but this proof of it can't be made. */
  readonly unmaskable: { readonly tensor: string; readonly why: string };
  readonly "inconsistent-cut": { readonly tensor: string; readonly what: string };
  readonly "norm-live-only": { readonly tensor: string; readonly op: string };
}

/** What `OnnxError.code` can be: a key of the package's messages. */
export type OnnxErrorCode = keyof OnnxErrorDetail;

/** One line per thing that can go wrong: what, where, what to do. */
const messages: Messages<OnnxErrorDetail> = {
  "not-bytes": ({ given }) =>
    `\`readModel\` takes a model's bytes as a Uint8Array, and got ${given}. An ArrayBuffer, as \`fetch\` gives it, becomes one by \`new Uint8Array(buffer)\`; \`openModel(path)\` of @prune/onnx/node takes a path.`,
  "not-onnx": ({ looksLike }) => `Not an ONNX model: ${looksLike}. Give the path of an .onnx file.`,
  truncated: ({ where, missing }) =>
    `The model ends in the middle of its ${where}: at least ${missing} bytes are missing. Download or export it again.`,
  malformed: ({ where, why }) => `The model is damaged: ${why} in ${where}. Download or export it again.`,
  "no-graph": () => "The model has no graph, so there is nothing to read. Export it again.",
  "unsupported-version": ({ what, version }) =>
    `Unsupported ${what}: ${version}. Export the model again with a current exporter.`,
  "no-opset": ({ domain, node }) =>
    `The model imports no opset for domain "${domain || "ai.onnx"}"${node && `, which node "${node}" uses`}. Add an opset_import for it.`,
  "duplicate-name": ({ tensor, graph }) =>
    `Tensor "${tensor}" is defined twice in graph "${graph}". Give each tensor one name and one origin.`,
  "dangling-input": ({ tensor, node }) =>
    `${node} reads "${tensor}", which nothing defines. Add the tensor, or leave the input out.`,
  "invalid-node": ({ node, op, why }) =>
    `Node "${node}" (${op}) is not valid ONNX: ${why}. No runtime can run it; export the model again.`,
  cycle: ({ nodes }) =>
    `The graph has a cycle: ${[...nodes, nodes[0]].join(" -> ")}. A model must be acyclic; use Loop or Scan to iterate.`,
  "too-deep": ({ limit }) =>
    `The model nests subgraphs or types more than ${limit} deep, which no exporter does. Don't trust this file.`,
  "too-big": ({ bytes }) =>
    `The model takes ${bytes} bytes, and a protobuf holds less than 2 GiB. Store the weights as external data.`,
  "bad-shape": ({ tensor, shape }) =>
    `Tensor "${tensor}" has the impossible shape [${shape.join(", ")}]. Export the model again.`,
  "size-mismatch": ({ tensor, expected, found }) =>
    `Tensor "${tensor}" needs ${expected} bytes for its shape and type, but has ${found}. Export the model again.`,
  "unreadable-type": ({ tensor, elementType }) =>
    `Tensor "${tensor}" has element type ${elementType}, which is copied but can't be read. Leave this tensor whole.`,
  "bad-location": ({ tensor, location, why }) =>
    `${tensor === undefined ? "A tensor" : `Tensor "${tensor}"`} points to external data at "${location}": ${why}. External data must lie beside the model.`,
  "no-external-reader": ({ tensor, location }) =>
    `Tensor "${tensor}" lies in the external file "${location}". Open the model by path with openModel, or pass \`external\` to readModel.`,
  "missing-external": ({ location, path }) =>
    `External data file "${location}" is missing (looked for ${path}). Put it beside the model.`,
  "external-range": ({ location, offset, length, size }) =>
    `External data file "${location}" has ${size} bytes; the model needs ${length} from offset ${offset}. The file is cut short or belongs to another model; get it again.`,
  "unreadable-file": ({ path, why }) => `Can't read ${path}: ${why}. Check the path and its permissions.`,
  "unwritable-file": ({ path, why }) => `Can't write ${path}: ${why}. Choose another output path.`,
  "overwrites-input": ({ path }) =>
    `${path} is a file of the input model, and inputs are never modified. Choose another output path.`,
  "unknown-edit": ({ what, name }) =>
    `The edit names ${what} "${name}", which the main graph doesn't have. Name something that it has.`,
  "name-taken": ({ tensor }) =>
    `The edit adds tensor "${tensor}", but the model has that name. Choose a new name.`,
  "unknown-end": ({ name, names }) =>
    `${name === "cache" ? "No input or output of this model looks like a cache" : `"${name}" fits no input or output`}: there are ${names.map((each) => `"${each}"`).join(", ")}. Name those that may shrink, with * for anything.`,
  "foreign-trace": () => "This trace is not of an ONNX model. Pass the one that `onnx().trace(model)` gave.",
  "non-finite": ({ tensor, index, value }) =>
    `Element ${index} of tensor "${tensor}" is ${value}, so no weight in it can be compared. Train or export the model again, or ignore this tensor.`,
  "norm-live-only": ({ tensor, op }) =>
    `"${op}" at "${tensor}" can't be made to count what left as zero. Take norms: "live", or ignore the layers around it.`,
  unmaskable: ({ tensor, why }) =>
    `Can't mask "${tensor}": ${why}. Leave what it belongs to whole, or compare the models on data.`,
  "inconsistent-cut": ({ tensor, what }) =>
    `The cut would not give a consistent model at "${tensor}": ${what}. Nothing was written. Ignore the layers around it, and report the model.`,
};

/** Everything that this package throws: `code` says which, `detail` holds the names and numbers. */
export type OnnxError<Code extends OnnxErrorCode = OnnxErrorCode> = ErrorOf<OnnxErrorDetail, Code>;
export const OnnxError: ErrorClass<OnnxErrorDetail> = /* @__PURE__ */ catalogue(
  "@prune/onnx",
  "OnnxError",
  messages,
);

/** Runs `read` and adds the file's name to the errors that it throws. */
export function inFile<T>(file: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (file === undefined || !(error instanceof OnnxError) || error.file !== undefined) throw error;
    throw about(error, file);
  }
}

const about = <Code extends OnnxErrorCode>(
  { code, detail }: PruneError<Code, OnnxErrorDetail[Code]>,
  file: string,
): Error => new OnnxError(code, detail, { file });
