import { SamplesError } from "../errors.js";

/** What the header of an .npy file says (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). */
export interface NpyHeader {
  /** Such as "<f4". */
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly start: number;
}

/** Bytes that are enough to know how long the header is. */
export const preamble = 12;

const bad = (path: string, why: string): SamplesError => new SamplesError("bad-file", { path, why });

/** How many bytes the header takes with all that is in front of it. */
export function headerEnd(path: string, bytes: Uint8Array): number {
  const [major] = bytes.subarray(6, 7);
  if (new TextDecoder("latin1").decode(bytes.subarray(0, 6)) !== "\x93NUMPY")
    throw bad(path, "it does not begin as an .npy file does");
  if (bytes.length < preamble) throw bad(path, "it ends within the header");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = headerLength(path, major, view);
  if (end > longest)
    throw bad(path, `its header takes ${end} bytes, and ${longest} is the most that is read`);
  return end;
}

/** What describes one array is short; a length beyond comes from damage. */
const longest = 1 << 20;

function headerLength(path: string, major: number | undefined, view: DataView): number {
  if (major === 1) return 10 + view.getUint16(8, true);
  if (major === 2 || major === 3) return 12 + view.getUint32(8, true);
  throw bad(path, `its .npy version is ${major}, and 1 to 3 are known`);
}

/** Reads the header out of the first bytes of a file, all `headerEnd` of them. */
export function readHeader(path: string, bytes: Uint8Array): NpyHeader {
  const start = headerEnd(path, bytes);
  if (bytes.length < start) throw bad(path, "it ends within the header");
  const text = new TextDecoder("latin1").decode(bytes.subarray(bytes[6] === 1 ? 10 : 12, start));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const shape = /'shape'\s*:\s*\(([\d\sL,]*)\)/.exec(text)?.[1];
  if (descr === undefined && /'descr'\s*:\s*\[/.test(text))
    throw bad(path, "it holds records; save plain arrays, one per field");
  if (descr === undefined || fortran === undefined || shape === undefined)
    throw bad(path, "its header can't be read");
  const dims = shape.split(",").flatMap((part) => (part.trim() === "" ? [] : [Number.parseInt(part, 10)]));
  const elements = dims.reduce((a, b) => a * b, 1);
  if (dims.length > 32 || !dims.every(Number.isSafeInteger) || !Number.isSafeInteger(elements))
    throw bad(path, `its shape of ${dims.length} dims holds more elements than can be counted`);
  return { descr, fortran: fortran === "True", shape: dims, start };
}
