import type { NamedTensor, NewTensor, Weight } from "../model.js";
import type { OwnPlace } from "../outline/outlined.js";
import { byteLength } from "../read/element-types.js";
import { dataFieldNumbers } from "../read/payload.js";
import { externalOf, ownPlaceOf, readWeight, type Source } from "../read/read-weight.js";
import { stretches } from "../read/stretches.js";
import type { Span } from "../wire.js";
import { embed, integer, string } from "./encode.js";
import { rewritten, without } from "./rewrite.js";
import { type Late, late, type Rope } from "./rope.js";
import type { Store } from "./store.js";

const fields = { dims: 1, dataType: 2, name: 8, rawData: 9, externalData: 13, dataLocation: 14 } as const;
const place: ReadonlySet<number> = new Set([...dataFieldNumbers, fields.externalData, fields.dataLocation]);
const shapeAndPlace: ReadonlySet<number> = new Set([...place, fields.dims]);

const shapeOf = ({ shape }: NewTensor): Rope => shape.map((size) => integer(fields.dims, size));

/** A TensorProto with another shape and other values; its name, notes and unknown fields stay. */
export function changedTensor(source: Source, span: Span, tensor: NewTensor, store: Store): Rope {
  const { name, elementType, external } = readWeight(source, span);
  const from = external ? noteReplaced(source, span, store) : "";
  const values = late(name, elementType, tensor);
  return rewritten(source.bytes, span, without(shapeAndPlace), {
    front: shapeOf(tensor),
    back: placed(values, external ? store : undefined, from),
  });
}

/**
 * An external TensorProto whose values move to the store, or one of an outline with its values back in their place;
 * undefined if it stays as it is.
 */
export function movedTensor(source: Source, span: Span, store: Store | undefined): Rope | undefined {
  const own = ownPlaceOf(source, span);
  if (!own && !store) return undefined;
  const weight = readWeight(source, span);
  if (own) return restored(source.bytes, span, own, weight);
  if (!weight.external || !store) return undefined;
  const from = noteReplaced(source, span, store);
  const length = byteLength(weight.elementType, weight.shape) ?? weight.bytes().length;
  return rewritten(source.bytes, span, without(place), {
    back: placed({ length, bytes: weight.bytes, pieces: () => stretches(weight, length) }, store, from),
  });
}

function restored(bytes: Uint8Array, span: Span, { field, length }: OwnPlace, weight: Weight): Rope {
  let done = false;
  return rewritten(bytes, span, ({ number }) => {
    if (number !== fields.externalData && number !== fields.dataLocation) return undefined;
    if (done) return [];
    done = true;
    return embed(field, [{ length, bytes: weight.bytes, pieces: () => stretches(weight, length) }]);
  });
}

/** Where the source has a tensor. */
function noteReplaced(source: Source, span: Span, store: Store): string {
  const range = externalOf(source, span);
  if (range === undefined) return "";
  store.replaces(range.location);
  return range.location;
}

/** A TensorProto made from nothing. */
export const newTensor = (tensor: NamedTensor): Rope => [
  ...shapeOf(tensor),
  integer(fields.dataType, tensor.elementType),
  ...(tensor.name === "" ? [] : [string(fields.name, tensor.name)]),
  ...placed(late(tensor.name, tensor.elementType, tensor), undefined, ""),
];

const entry = (key: string, value: string | number): Rope =>
  embed(fields.externalData, [string(1, key), string(2, String(value))]);

function placed(values: Late, store: Store | undefined, from: string): Rope {
  const at = store?.put(values, from);
  if (at === undefined) return embed(fields.rawData, values.length === 0 ? [] : [values]);
  return [
    ...entry("location", at.location),
    ...entry("offset", at.offset),
    ...entry("length", values.length),
    integer(fields.dataLocation, 1),
  ];
}
