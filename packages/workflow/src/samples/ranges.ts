import type { Values, ValuesByName } from "@prune/runtime-ort";

/** What samples feed one input: shows data that was scaled in another way than the model expects. */
export interface Range {
  readonly least: number;
  readonly most: number;
  readonly mean: number;
}

/** By input; of inputs of numbers. */
export function rangesOf(batches: readonly ValuesByName[]): Readonly<Record<string, Range>> {
  const names = Object.keys(batches[0] ?? {});
  return Object.fromEntries(
    names.flatMap((name) => {
      const parts = batches.flatMap((feeds) => numbersIn(feeds[name]));
      return parts.length > 0 ? [[name, rangeOf(parts)]] : [];
    }),
  );
}

/** Whether every sample holds the same: a broken reader, mostly. */
export function isOneSample(batches: readonly ValuesByName[]): boolean {
  const [first = {}] = batches;
  return Object.entries(first).every(([name, { data, dims }]) => {
    const start = data as ArrayLike<unknown>;
    const each = start.length / (dims[0] ?? 1);
    return batches.every((feeds) => {
      const values = feeds[name]?.data as ArrayLike<unknown>;
      for (let i = 0; i < values.length; i++) if (values[i] !== start[i % each]) return false;
      return true;
    });
  });
}

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array;

function numbersIn(values: Values | undefined): Numbers[] {
  const { data, type } = values ?? {};
  const isPlain =
    ArrayBuffer.isView(data) && !(data instanceof BigInt64Array || data instanceof BigUint64Array);
  // An empty cache has no range.
  return isPlain && type !== "float16" && data.byteLength > 0 ? [data as Numbers] : [];
}

function rangeOf(parts: readonly Numbers[]): Range {
  let [least, most, sum, count] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const values of parts) {
    for (const value of values) {
      if (value < least) least = value;
      if (value > most) most = value;
      sum += value;
    }
    count += values.length;
  }
  return { least, most, mean: sum / count };
}
