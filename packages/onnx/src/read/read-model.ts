import { inFile, OnnxError } from "../errors.js";
import type { ExternalReader, Model, ModelBytes } from "../model.js";
import type { Outlined } from "../outline/outlined.js";
import { isBuiltIn } from "../validate/schema.js";
import { validate } from "../validate/validate-model.js";
import { type Field, payload } from "../wire.js";
import { type Parts, part } from "./part.js";
import { decodeProto, integer } from "./proto.js";
import { readGraph } from "./read-graph.js";
import { plainDomain } from "./read-node.js";
import { recognise } from "./recognise.js";

export interface ReadOptions {
  /** Reads external data files; without it, external weights can't be read. */
  readonly external?: ExternalReader;
  /** Path of the model, for messages. */
  readonly file?: string;
}

/** Of a model whose bytes are an outline of its file. */
export interface PlainOptions extends ReadOptions {
  readonly outlined?: Outlined;
}

/** The most that a protobuf message may hold. */
export const sizeLimit: number = 2 ** 31 - 1;

const fields = { graph: 7, training: 20, functions: 25 } as const;
const fieldNumbers: ReadonlySet<number> = new Set(Object.values(fields));

/**
 * Reads an ONNX model as light views over its bytes: weights are decoded only when asked for.
 * @throws {OnnxError} unless the bytes are a sound model.
 */
export function readModel(bytes: Uint8Array, { external, file, outlined }: PlainOptions = {}): Model {
  if (!(ArrayBuffer.isView(bytes) && bytes.byteLength === (bytes as Uint8Array).length))
    throw new OnnxError("not-bytes", { given: kindOf(bytes) });
  return inFile(file, () => {
    // A plain view: a Buffer's own subarray and toString would leak into the result.
    const source = plainBytes(bytes);
    if (source.length > sizeLimit) throw new OnnxError("too-big", { bytes: source.length });
    const { rest, taken } = topLevel(source);
    const header = decodeProto("ModelProto", rest);
    const graphs = taken.filter(({ number }) => number === fields.graph);
    const [graph] = graphs;
    if (graph === undefined) throw noGraph(source, integer(header.irVersion), header.opsetImport.length);
    if (graphs.length > 1)
      throw new OnnxError("malformed", { where: "the model", why: "more than one graph" });
    const model: Model = {
      irVersion: integer(header.irVersion),
      opsets: new Map(
        header.opsetImport.map(({ domain, version }) => [plainDomain(domain ?? ""), integer(version)]),
      ),
      graph: readGraph(
        { bytes: source, ...(external && { external }), ...(outlined && { outlined }) },
        payload(graph),
      ),
      functions: new Set(
        taken
          .filter(({ number }) => number === fields.functions)
          .map((field) => functionName(source, field))
          .filter((id) => !isBuiltIn(id)),
      ),
      source,
      ...(external && { external }),
      ...(outlined && { outlined }),
      ...(file !== undefined && { file }),
    };
    validate(model);
    return model;
  });
}

const kindOf = (given: unknown): string => {
  if (typeof given === "string") return `the text "${given.slice(0, 80)}"`;
  return given === null || typeof given !== "object"
    ? String(given)
    : `one ${given.constructor?.name ?? "object"}`;
};

/** A view without the ways of a Buffer; memory that others may write to is copied. */
const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): ModelBytes =>
  buffer instanceof ArrayBuffer || Object.prototype.toString.call(buffer) === "[object ArrayBuffer]"
    ? new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
    : new Uint8Array(buffer, byteOffset, byteLength).slice();

/** Splits the outermost message; damage there most often means that the file is something else. */
function topLevel(source: Uint8Array): Parts {
  if (recognise(source) !== undefined) throw noModel(source);
  try {
    return part(source, { start: 0, end: source.length }, "model", fieldNumbers);
  } catch (error) {
    throw noModel(source, error);
  }
}

/** What to say of bytes, by the first of them, whose fields can't be told apart. */
export function noModel(head: Uint8Array, error?: unknown): unknown {
  const looksLike = recognise(head);
  // A model begins with its IR version: field 1, a small number.
  if (looksLike === undefined && head[0] === 8 && head[1]! < 128) return error;
  return new OnnxError("not-onnx", { looksLike: looksLike ?? "its bytes are no protobuf message" });
}

function noGraph(source: Uint8Array, irVersion: number, opsets: number): OnnxError {
  if (irVersion > 0 && (opsets > 0 || source.length < 16)) return new OnnxError("no-graph", {});
  return new OnnxError("not-onnx", { looksLike: "it is a protobuf message of another kind" });
}

function functionName(source: Uint8Array, field: Field): string {
  const { rest } = part(source, payload(field), "function", new Set([7, 11]));
  const { domain, name } = decodeProto("FunctionProto", rest);
  return `${plainDomain(domain)}:${name}`;
}
