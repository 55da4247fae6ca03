/** Stored numbers of any kind; integers of 64 bits are read as doubles. */
export type Numbers =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** The values of one entry (a file, an array of an archive, a folder of images) for all samples. */
export interface Column {
  /** The entry's name; undefined where the file holds nothing but it. */
  readonly name: string | undefined;
  /** Samples that are stored. */
  readonly count: number;
  /** One sample. */
  readonly shape: readonly number[];
  /** Every read goes through what is stored from its beginning: best is one read of all that is wanted. */
  readonly isSequential?: boolean;
  /** Bytes stand for 0 to 1 where they feed floats. */
  readonly isBytes: boolean;
  /** The samples at some places, one after the other. */
  read(places: ArrayLike<number>): Promise<Numbers>;
}

export const product = (sizes: readonly number[]): number => sizes.reduce((total, size) => total * size, 1);

/** Samples of an array in memory. */
export function rowsOf<T extends Numbers>(values: T, size: number, places: ArrayLike<number>): T {
  const out = new (values.constructor as new (length: number) => T)(places.length * size);
  for (let i = 0; i < places.length; i++) {
    const from = (places[i] as number) * size;
    out.set(values.subarray(from, from + size), i * size);
  }
  return out;
}
