import type { Numbers } from "./columns.js";
import { toHalf } from "./half.js";

/** Elements of a feed, row-major; 64-bit integers are bigints. */
export type FeedData = Numbers | BigInt64Array | BigUint64Array;

/** An element type that inputs of models have: how it is stored, and what it can hold. */
interface Element {
  readonly make: (size: number) => FeedData;
  readonly least: number;
  readonly most: number;
  /** @default as it is */
  readonly store?: (value: number) => number | bigint;
  readonly isFloat?: true;
}

const half = 65519.99;
const single = 3.4028235677973366e38;

/** Element types, by the names that onnxruntime has for them. */
export type FeedType = "float32" | "float64" | "float16" | `${"int" | "uint"}${8 | 16 | 32 | 64}` | "bool";

export const elements: Readonly<Record<FeedType, Element>> = {
  float32: { make: (n) => new Float32Array(n), least: -single, most: single, isFloat: true },
  float64: {
    make: (n) => new Float64Array(n),
    least: -Number.MAX_VALUE,
    most: Number.MAX_VALUE,
    isFloat: true,
  },
  float16: { make: (n) => new Uint16Array(n), least: -half, most: half, store: toHalf, isFloat: true },
  int8: { make: (n) => new Int8Array(n), least: -128, most: 127 },
  uint8: { make: (n) => new Uint8Array(n), least: 0, most: 255 },
  int16: { make: (n) => new Int16Array(n), least: -(2 ** 15), most: 2 ** 15 - 1 },
  uint16: { make: (n) => new Uint16Array(n), least: 0, most: 2 ** 16 - 1 },
  int32: { make: (n) => new Int32Array(n), least: -(2 ** 31), most: 2 ** 31 - 1 },
  uint32: { make: (n) => new Uint32Array(n), least: 0, most: 2 ** 32 - 1 },
  int64: {
    make: (n) => new BigInt64Array(n),
    least: Number.MIN_SAFE_INTEGER,
    most: Number.MAX_SAFE_INTEGER,
    store: BigInt,
  },
  uint64: { make: (n) => new BigUint64Array(n), least: 0, most: Number.MAX_SAFE_INTEGER, store: BigInt },
  bool: { make: (n) => new Uint8Array(n), least: 0, most: 1 },
};

export const elementOf = (type: string): Element | undefined =>
  (elements as Readonly<Record<string, Element>>)[type];
