import { OnnxError } from "../errors.js";
import type { ModelFile } from "./model-file.js";

/** The file of a model that was read without the values of its big tensors. */
export interface Outlined {
  readonly file: ModelFile;
  /** Bytes of the values that were left out, by where they begin. */
  readonly places: ReadonlyMap<number, number>;
}

/** Values in the file of their own model. */
export interface OwnPlace {
  readonly offset: number;
  readonly length: number;
  /** The field of TensorProto that holds them there. */
  readonly field: number;
}

/** What a tensor names as its file where that is the model's own; a model that comes with such a path is refused. */
export const here = "/";

/** Where in the model's own file a tensor's values lie; undefined where they were not left out. */
export function ownPlace(
  outlined: Outlined | undefined,
  entries: readonly { key?: string | null; value?: string | null }[],
): OwnPlace | undefined {
  if (!outlined) return undefined;
  const value = (key: string): string | undefined =>
    entries.find((entry) => entry.key === key)?.value ?? undefined;
  if (value("location") !== here) return undefined;
  const [offset, length, field] = ["offset", "length", "field"].map((key) => Number(value(key))) as [
    number,
    number,
    number,
  ];
  return outlined.places.get(offset) === length ? { offset, length, field } : undefined;
}

/** A part of values that were left out. */
export function readOwn({ file }: Outlined, tensor: string, offset: number, length: number): Uint8Array {
  const bytes = file.read(offset, length);
  if (bytes.length !== length)
    throw new OnnxError("size-mismatch", { tensor, expected: length, found: bytes.length });
  return bytes;
}
