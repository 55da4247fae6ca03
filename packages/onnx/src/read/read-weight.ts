import { OnnxError } from "../errors.js";
import { type ExternalRange, externalRange } from "../external.js";
import type { ExternalReader, Weight } from "../model.js";
import type { Field, Span } from "../wire.js";
import { decodeTensor } from "./decode-tensor.js";
import { byteLength, elementTypeOf } from "./element-types.js";
import { part } from "./part.js";
import { dataFieldNumbers, storedBytes, storedValues } from "./payload.js";
import { decodeProto, integer, type TensorHeader } from "./proto.js";

/** What every message of one model is read with. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly external?: ExternalReader;
}

const external = 1;

/** A TensorProto as a light view: its values stay in the source until they are asked for. */
export function readWeight(source: Source, span: Span): Weight {
  const { rest, taken } = part(source.bytes, span, "tensor", dataFieldNumbers);
  const header = decodeProto("TensorProto", rest);
  const { name, dataType } = header;
  const shape = header.dims.map(integer);
  if (!shape.every((size) => Number.isSafeInteger(size) && size >= 0))
    throw new OnnxError("bad-shape", { tensor: name, shape });
  const expected = byteLength(dataType, shape);
  if (expected !== undefined && !Number.isSafeInteger(expected))
    throw new OnnxError("bad-shape", { tensor: name, shape });
  const range = header.dataLocation === external ? externalRange(name, header.externalData) : undefined;
  checkSize(name, expected, range === undefined ? storedBytes(taken) : range.length);
  const { dtype, bits } = elementTypeOf(dataType);
  const bytes =
    range === undefined ? inline(source, taken, header, expected) : outside(source, range, name, expected);
  return {
    name,
    dtype,
    elementType: dataType,
    shape,
    elementBytes: bits === undefined || bits < 8 ? undefined : bits / 8,
    external: range !== undefined,
    bytes,
    tensor: () => {
      if (dtype === "other") throw new OnnxError("unreadable-type", { tensor: name, elementType: dataType });
      return decodeTensor(dtype, shape, bytes(), dataType, name);
    },
  };
}

/** Where a TensorProto's values lie outside the model, if they do. */
export function externalOf(source: Source, span: Span): ExternalRange | undefined {
  const header = decodeProto("TensorProto", part(source.bytes, span, "tensor", dataFieldNumbers).rest);
  return header.dataLocation === external ? externalRange(header.name, header.externalData) : undefined;
}

function checkSize(tensor: string, expected: number | undefined, found: number | undefined): void {
  if (expected !== undefined && found !== undefined && expected !== found) {
    throw new OnnxError("size-mismatch", { tensor, expected, found });
  }
}

function inline(
  { bytes }: Source,
  fields: readonly Field[],
  { name, dataType }: TensorHeader,
  expected: number | undefined,
): () => Uint8Array {
  return () => {
    const { bits } = elementTypeOf(dataType);
    if (bits === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType: dataType });
    const values = storedValues(bytes, fields, bits, name);
    checkSize(name, expected, values.length);
    return values;
  };
}

function outside(
  { external: read }: Source,
  { location, offset, length }: ExternalRange,
  tensor: string,
  expected: number | undefined,
): () => Uint8Array {
  return () => {
    if (read === undefined) throw new OnnxError("no-external-reader", { tensor, location });
    const values = read(location, offset, length ?? expected);
    checkSize(tensor, expected, values.length);
    return values;
  };
}
