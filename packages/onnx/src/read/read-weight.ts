import { OnnxError } from "../errors.js";
import { type ExternalRange, externalRange } from "../external.js";
import type { ExternalReader, Weight } from "../model.js";
import { type Outlined, type OwnPlace, ownPlace, readOwn } from "../outline/outlined.js";
import type { Field, Span } from "../wire.js";
import { decodeTensor } from "./decode-tensor.js";
import { byteLength, elementTypeOf } from "./element-types.js";
import { part } from "./part.js";
import { dataFieldNumbers, storedBytes, storedSpan, storedValues } from "./payload.js";
import { decodeProto, integer, type TensorHeader } from "./proto.js";

/** What every message of one model is read with. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly external?: ExternalReader;
  /** Set where the bytes lack the values of big tensors. */
  readonly outlined?: Outlined;
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
  const own = ownPlace(source.outlined, header.externalData);
  const place = own ? undefined : placeOf(header);
  checkSize(name, expected, (own ?? place)?.length ?? storedBytes(taken));
  const { dtype, bits } = elementTypeOf(dataType);
  const { bytes, range } =
    own !== undefined
      ? leftOut(source.outlined as Outlined, own, name)
      : place === undefined
        ? inline(source, taken, header, expected)
        : outside(source, place, name, expected);
  return {
    name,
    dtype,
    elementType: dataType,
    shape,
    elementBytes: bits === undefined || bits < 8 ? undefined : bits / 8,
    external: place !== undefined,
    bytes,
    ...(range && { range }),
    tensor: () => {
      if (dtype === "other") throw new OnnxError("unreadable-type", { tensor: name, elementType: dataType });
      return decodeTensor(dtype, shape, bytes(), dataType, name);
    },
  };
}

/** Where a TensorProto's values lie outside the model, if they do. */
export function externalOf(source: Source, span: Span): ExternalRange | undefined {
  const header = decodeProto("TensorProto", part(source.bytes, span, "tensor", dataFieldNumbers).rest);
  return ownPlace(source.outlined, header.externalData) ? undefined : placeOf(header);
}

/** Where a tensor's values lie in the file that the outline was made of. */
export function ownPlaceOf(source: Source, span: Span): OwnPlace | undefined {
  if (!source.outlined) return undefined;
  const { rest } = part(source.bytes, span, "tensor", dataFieldNumbers);
  return ownPlace(source.outlined, decodeProto("TensorProto", rest).externalData);
}

const placeOf = ({ name, dataLocation, externalData }: TensorHeader): ExternalRange | undefined =>
  dataLocation === external ? externalRange(name, externalData) : undefined;

function checkSize(tensor: string, expected: number | undefined, found: number | undefined): void {
  if (expected !== undefined && found !== undefined && expected !== found) {
    throw new OnnxError("size-mismatch", { tensor, expected, found });
  }
}

interface Contents {
  readonly bytes: Weight["bytes"];
  readonly range: Weight["range"] | undefined;
}

function inline(
  { bytes }: Source,
  fields: readonly Field[],
  { name, dataType }: TensorHeader,
  expected: number | undefined,
): Contents {
  const span = storedSpan(fields);
  return {
    bytes() {
      const { bits } = elementTypeOf(dataType);
      if (bits === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType: dataType });
      const values = storedValues(bytes, fields, bits, name);
      checkSize(name, expected, values.length);
      return values;
    },
    range: span && ((from, to) => bytes.subarray(span.start + from, span.start + to)),
  };
}

const leftOut = (outlined: Outlined, { offset, length }: OwnPlace, name: string): Contents => ({
  bytes: () => readOwn(outlined, name, offset, length),
  range: (from, to) => readOwn(outlined, name, offset + from, to - from),
});

function outside(
  { external: read }: Source,
  { location, offset, length }: ExternalRange,
  tensor: string,
  expected: number | undefined,
): Contents {
  const reader = (): ExternalReader => {
    if (read === undefined) throw new OnnxError("no-external-reader", { tensor, location });
    return read;
  };
  return {
    bytes() {
      const values = reader()(location, offset, length ?? expected);
      checkSize(tensor, expected, values.length);
      return values;
    },
    range(from, to, into) {
      const values = reader()(location, offset + from, to - from, into);
      checkSize(tensor, to - from, values.length);
      return values;
    },
  };
}
