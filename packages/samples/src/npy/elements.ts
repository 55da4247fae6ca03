import type { Numbers } from "../columns.js";
import { SamplesError } from "../errors.js";
import { fromHalf } from "../half.js";

/** How elements of an .npy file become numbers. */
export interface NpyElement {
  readonly bytes: number;
  readonly isByte: boolean;
  decode(bytes: Uint8Array): Numbers;
}

type Get = (view: DataView, offset: number, little: boolean) => number;
type Make = (length: number) => Numbers;

const kinds: ReadonlyMap<string, readonly [bytes: number, Make, Get]> = new Map(
  Object.entries<readonly [bytes: number, Make, Get]>({
    f2: [2, (n) => new Float32Array(n), (view, at, little) => fromHalf(view.getUint16(at, little))],
    f4: [4, (n) => new Float32Array(n), (view, at, little) => view.getFloat32(at, little)],
    f8: [8, (n) => new Float64Array(n), (view, at, little) => view.getFloat64(at, little)],
    i1: [1, (n) => new Int8Array(n), (view, at) => view.getInt8(at)],
    i2: [2, (n) => new Int16Array(n), (view, at, little) => view.getInt16(at, little)],
    i4: [4, (n) => new Int32Array(n), (view, at, little) => view.getInt32(at, little)],
    i8: [8, (n) => new Float64Array(n), (view, at, little) => Number(view.getBigInt64(at, little))],
    u1: [1, (n) => new Uint8Array(n), (view, at) => view.getUint8(at)],
    u2: [2, (n) => new Uint16Array(n), (view, at, little) => view.getUint16(at, little)],
    u4: [4, (n) => new Uint32Array(n), (view, at, little) => view.getUint32(at, little)],
    u8: [8, (n) => new Float64Array(n), (view, at, little) => Number(view.getBigUint64(at, little))],
    // Not bytes of an image: 1 stays 1.
    b1: [1, (n) => new Int8Array(n), (view, at) => view.getInt8(at)],
  }),
);

export function npyElement(path: string, descr: string): NpyElement {
  const [, order, kind = ""] = /^([<>|=]?)(\w+)$/.exec(descr) ?? [];
  const found = kinds.get(kind);
  if (!found)
    throw new SamplesError("bad-file", {
      path,
      why: `its elements are "${descr}"; save floats, integers or booleans`,
    });
  const [bytes, make, get] = found;
  return {
    bytes,
    isByte: kind === "u1",
    decode(data) {
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
      const out = make(data.byteLength / bytes);
      for (let i = 0; i < out.length; i++) out[i] = get(view, i * bytes, order !== ">");
      return out;
    },
  };
}
