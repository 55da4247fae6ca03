/** One line per thing that can go wrong: what, where, what to do. */
const messages = {
  "not-onnx": ({ looksLike }: { looksLike: string }) =>
    `Not an ONNX model: ${looksLike}. Give the path of an .onnx file.`,
  truncated: ({ where, missing }: { where: string; missing: number }) =>
    `The model ends in the middle of its ${where}: ${missing} bytes are missing. Download or export it again.`,
  malformed: ({ where, why }: { where: string; why: string }) =>
    `The model is damaged: ${why} in ${where}. Download or export it again.`,
  "no-graph": (_: Record<never, never>) =>
    "The model has no graph. Export it again; a file of functions or of training state alone can't be pruned.",
  "unsupported-version": ({ what, version }: { what: string; version: number }) =>
    `Unsupported ${what} ${version}. Convert the model with onnx.version_converter, or export it with a current exporter.`,
  "no-opset": ({ domain, node }: { domain: string; node: string }) =>
    `The model imports no opset for domain "${domain || "ai.onnx"}"${node && `, which node "${node}" uses`}. Add an opset_import for it.`,
  "duplicate-name": ({ tensor, graph }: { tensor: string; graph: string }) =>
    `Tensor "${tensor}" is defined twice in graph "${graph}". Give each tensor one name and one origin.`,
  "dangling-input": ({ tensor, node }: { tensor: string; node: string }) =>
    `${node} reads "${tensor}", which nothing defines. Add the tensor, or leave the input out.`,
  cycle: ({ nodes }: { nodes: readonly string[] }) =>
    `The graph has a cycle: ${[...nodes, nodes[0]].join(" -> ")}. A model must be acyclic; use Loop or Scan to iterate.`,
  "too-deep": ({ limit }: { limit: number }) =>
    `The model nests more than ${limit} levels of messages or subgraphs. No known exporter does this; the file may be hostile.`,
  "too-big": ({ bytes }: { bytes: number }) =>
    `The model would take ${bytes} bytes; a protobuf holds less than 2 GiB. Store the weights as external data.`,
  "bad-shape": ({ tensor, shape }: { tensor: string; shape: readonly number[] }) =>
    `Tensor "${tensor}" has the impossible shape [${shape.join(", ")}]. Export the model again.`,
  "size-mismatch": ({ tensor, expected, found }: { tensor: string; expected: number; found: number }) =>
    `Tensor "${tensor}" should hold ${expected} bytes for its shape and type, but holds ${found}. Export the model again.`,
  "unreadable-type": ({ tensor, elementType }: { tensor: string; elementType: number }) =>
    `Tensor "${tensor}" has element type ${elementType}, which is copied but can't be read. Leave this tensor whole.`,
  "bad-location": ({ tensor, location, why }: { tensor?: string; location: string; why: string }) =>
    `${tensor === undefined ? "A tensor" : `Tensor "${tensor}"`} points to external data at "${location}": ${why}. External data must lie beside the model.`,
  "no-external-reader": ({ tensor, location }: { tensor: string; location: string }) =>
    `Tensor "${tensor}" lies in the external file "${location}". Open the model by path with openModel, or pass \`external\` to readModel.`,
  "missing-external": ({ location, path }: { location: string; path: string }) =>
    `External data file "${location}" is missing (looked for ${path}). Put it beside the model.`,
  "external-range": ({
    location,
    offset,
    length,
    size,
  }: {
    location: string;
    offset: number;
    length: number;
    size: number;
  }) =>
    `External data file "${location}" has ${size} bytes; the model needs ${length} from offset ${offset}. The file is cut short or belongs to another model.`,
  "unreadable-file": ({ path, why }: { path: string; why: string }) => `Can't read ${path}: ${why}.`,
  "unwritable-file": ({ path, why }: { path: string; why: string }) => `Can't write ${path}: ${why}.`,
  "overwrites-input": ({ path }: { path: string }) =>
    `${path} is a file of the input model, and inputs are never modified. Choose another output path.`,
  "unknown-edit": ({ what, name }: { what: string; name: string }) =>
    `The edit names ${what} "${name}", which the main graph doesn't have. Name something that it has.`,
  "name-taken": ({ tensor }: { tensor: string }) =>
    `The edit adds tensor "${tensor}", but the model already has that name. Choose a new name.`,
} satisfies Record<string, (detail: never) => string>;

type Messages = typeof messages;

export type OnnxErrorCode = keyof Messages;

/** What an error of each code carries. */
export type OnnxErrorDetail = { readonly [Code in OnnxErrorCode]: Readonly<Parameters<Messages[Code]>[0]> };

/** Everything that this package throws: `code` says which, `detail` holds the names and numbers. */
export class OnnxError<Code extends OnnxErrorCode = OnnxErrorCode> extends Error {
  override readonly name = "OnnxError";
  readonly code: Code;
  readonly detail: OnnxErrorDetail[Code];
  /** The model's file, where it is known. */
  readonly file: string | undefined;

  constructor(code: Code, detail: OnnxErrorDetail[Code], file?: string) {
    const text = (messages[code] as (detail: OnnxErrorDetail[Code]) => string)(detail);
    super(file === undefined ? text : `${file}: ${text}`);
    this.code = code;
    this.detail = detail;
    this.file = file;
  }
}

/** Runs `read` and adds the file's name to the errors that it throws. */
export function inFile<T>(file: string | undefined, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (file === undefined || !(error instanceof OnnxError) || error.file !== undefined) throw error;
    throw new OnnxError(error.code, error.detail, file);
  }
}
