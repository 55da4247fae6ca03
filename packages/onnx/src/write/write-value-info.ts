import { payload, type Span } from "../wire.js";
import { embed, integer, string } from "./encode.js";
import { type Change, rewritten } from "./rewrite.js";
import type { Rope } from "./rope.js";

/** Field numbers on the way ValueInfoProto.type -> TypeProto.tensor_type -> Tensor.shape -> Dimension. */
const way = { type: 2, tensor: 1, shape: 2, dimension: 1 } as const;
const dimension = { value: 1, symbol: 2 } as const;

/**
 * A ValueInfoProto of a tensor whose shape changed; one without a shape stays as it is, and so do dims without a new
 * size.
 */
export function reshapedInfo(bytes: Uint8Array, span: Span, shape: readonly (number | undefined)[]): Rope {
  const inside =
    (number: number, change: Change): Change =>
    (field) =>
      field.number === number ? embed(number, rewritten(bytes, payload(field), change)) : undefined;
  return rewritten(
    bytes,
    span,
    inside(
      way.type,
      inside(way.tensor, (field) =>
        field.number === way.shape ? embed(way.shape, reshaped(bytes, payload(field), shape)) : undefined,
      ),
    ),
  );
}

function reshaped(bytes: Uint8Array, span: Span, shape: readonly (number | undefined)[]): Rope {
  let axis = 0;
  const sized: Change = ({ number }) =>
    number === dimension.value || number === dimension.symbol ? [] : undefined;
  const known = rewritten(bytes, span, (field) => {
    if (field.number !== way.dimension) return undefined;
    if (axis >= shape.length) return [];
    const size = shape[axis++];
    return size === undefined
      ? undefined
      : embed(
          way.dimension,
          rewritten(bytes, payload(field), sized, { front: [integer(dimension.value, size)] }),
        );
  });
  return [...known, ...shape.slice(axis).flatMap((size) => (size === undefined ? [] : sizeOf(size)))];
}

const sizeOf = (size: number): Rope => embed(way.dimension, [integer(dimension.value, size)]);

/** A ValueInfoProto made from nothing. */
export function newInfo(name: string, elementType: number, shape: readonly number[]): Rope {
  const tensor = [integer(1, elementType), ...embed(way.shape, shape.flatMap(sizeOf))];
  return [string(1, name), ...embed(way.type, embed(way.tensor, tensor))];
}
