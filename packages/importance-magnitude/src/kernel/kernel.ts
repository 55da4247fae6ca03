import { sumsWasm } from "./sums.wasm.js";

/** What sums.wat exports. Addresses and strides count bytes; `square` is 0 for |w| and 1 for w². */
export interface SumKernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  addElements(at: number, count: number, to: number, stride: number, square: number): number;
  addRuns(at: number, count: number, length: number, to: number, stride: number, square: number): number;
  fromHalves(from: number, to: number, count: number): void;
  fromBrains(from: number, to: number, count: number): void;
}

/** As much of WebAssembly as is used; the types of Node and of browsers both lack it or have more. */
interface Compiler {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

let known: SumKernel | false | undefined;

/** The kernel, made when it is first asked for; undefined where there is no WebAssembly with SIMD, or a page forbids it. */
export function sumKernel(): SumKernel | undefined {
  known ??= made();
  return known || undefined;
}

function made(): SumKernel | false {
  const { WebAssembly } = globalThis as { readonly WebAssembly?: Compiler };
  if (!WebAssembly || !isLittleEndian()) return false;
  try {
    const bytes = Uint8Array.from(atob(sumsWasm), (char) => char.charCodeAt(0));
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as SumKernel;
  } catch {
    return false;
  }
}

const isLittleEndian = (): boolean => new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const page = 1 << 16;

/** Makes room for as many bytes; views on the memory from before may be of no use then. */
export function reserve({ memory }: SumKernel, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / page));
}
