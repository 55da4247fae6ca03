import { OnnxError } from "../errors.js";
import { dataFieldNumbers, isFixed } from "../read/payload.js";
import { type Field, payload, type Span, skipVarint, varint, type WireType } from "../wire.js";
import { embed, integer, string } from "../write/encode.js";
import { append, join, type Late, type Rope } from "../write/rope.js";
import type { ModelFile } from "./model-file.js";
import { here, type Outlined } from "./outlined.js";

/** Values of fewer bytes stay in the outline: reading around them takes longer than reading them. */
const leastBytes = 1 << 14;
/** Read at a time while looking for messages. */
const pageBytes = 1 << 16;

type Kind = "model" | "graph" | "node" | "attribute" | "tensor";

/** Fields through which each kind of message reaches the tensors of the main graph. */
const nested: { readonly [K in Kind]: { readonly [field: number]: Kind } } = {
  model: { 7: "graph" },
  graph: { 1: "node", 5: "tensor" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph" },
  tensor: {},
};

const tensorFields = { externalData: 13, dataLocation: 14 } as const;

export interface Outline {
  /** The model with the values of its big tensors replaced by where they lie in the file. */
  readonly bytes: Uint8Array;
  /** Undefined where it has no big tensors: `bytes` are the file. */
  readonly outlined: Outlined | undefined;
}

/**
 * Reads a model file without the values of its big tensors. What is left is a model too, whose tensors say that their
 * values lie outside, at a place that means the file itself.
 * @throws {OnnxError} where the file is no sequence of protobuf fields.
 */
export function outlineOf(file: ModelFile, least: number = leastBytes): Outline {
  const pages = pagesOf(file);
  const places = new Map<number, number>();
  const copied = ({ start, end }: Span): Late => ({
    length: end - start,
    bytes: () => file.read(start, end - start),
    pieces: () => [file.read(start, end - start)],
  });

  /** A message with stubs in it; undefined where it stays as it is. */
  const outlined = (span: Span, kind: Kind): Rope | undefined => {
    if (kind === "tensor") return stub(span);
    const out: Rope[number][] = [];
    let done = span.start;
    eachField(pages, span, kind, (field) => {
      const inner = nested[kind][field.number];
      if (inner === undefined || field.type !== 2 || field.end - field.from < least) return;
      const made = outlined(payload(field), inner);
      if (!made) return;
      if (done < field.start) out.push(copied({ start: done, end: field.start }));
      append(out, embed(field.number, made));
      done = field.end;
    });
    if (out.length === 0) return undefined;
    if (done < span.end) out.push(copied({ start: done, end: span.end }));
    return out;
  };

  /** A tensor whose values lie in one stretch, with their place instead, so that they can be put back where they were. */
  const stub = (span: Span): Rope | undefined => {
    const values: Field[] = [];
    let isExternal = false;
    eachField(pages, span, "tensor", (field) => {
      if (dataFieldNumbers.has(field.number)) values.push(field);
      isExternal ||= field.number === tensorFields.externalData || field.number === tensorFields.dataLocation;
    });
    const [only, second] = values;
    if (!only || second || isExternal || !isFixed(only) || only.type !== 2) return undefined;
    const length = only.end - only.from;
    if (length < least) return undefined;
    places.set(only.from, length);
    return [
      ...(span.start < only.start ? [copied({ start: span.start, end: only.start })] : []),
      ...entry("location", here),
      ...entry("offset", only.from),
      ...entry("length", length),
      ...entry("field", only.number),
      integer(tensorFields.dataLocation, 1),
      ...(only.end < span.end ? [copied({ start: only.end, end: span.end })] : []),
    ];
  };

  const rope = outlined({ start: 0, end: file.size }, "model");
  return rope
    ? { bytes: join(rope), outlined: { file, places } }
    : { bytes: file.read(0, file.size), outlined: undefined };
}

const entry = (key: string, value: string | number): Rope =>
  embed(tensorFields.externalData, [string(1, key), string(2, String(value))]);

/** Looks at some bytes of a file, which are read with those that follow. */
type Pages = (offset: number, length: number) => { readonly bytes: Uint8Array; readonly at: number };

function pagesOf({ size, read }: ModelFile): Pages {
  let start = 0;
  let bytes: Uint8Array = new Uint8Array();
  return (offset, length) => {
    if (offset < start || offset + length > start + bytes.length) {
      start = offset;
      bytes = read(offset, Math.min(size - offset, Math.max(length, pageBytes)));
    }
    return { bytes, at: offset - start };
  };
}

/** A tag and a length, each a varint. */
const headBytes = 20;

/** Calls `visit` for each field of a message in a file, without reading what is in it. */
function eachField(pages: Pages, span: Span, where: string, visit: (field: Field) => void): void {
  let at = span.start;
  while (at < span.end) {
    const length = Math.min(headBytes, span.end - at);
    const { bytes, at: head } = pages(at, length);
    const afterTag = skipVarint(bytes, head, head + length, where);
    const tag = varint(bytes, head);
    const [number, type] = [Math.floor(tag / 8), tag % 8];
    let from = at + afterTag - head;
    let end = from;
    if (type === 0) end = at + skipVarint(bytes, afterTag, head + length, where) - head;
    else if (type === 1) end += 8;
    else if (type === 5) end += 4;
    else if (type === 2) {
      from = at + skipVarint(bytes, afterTag, head + length, where) - head;
      end = from + varint(bytes, afterTag);
    } else throw new OnnxError("malformed", { where, why: `a field of wire type ${type}` });
    if (end > span.end) throw new OnnxError("truncated", { where, missing: end - span.end });
    visit({ number, type: type as WireType, start: at, from, end });
    at = end;
  }
}
