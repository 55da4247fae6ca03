/** Some rows of a row-major matrix. */
export interface Rows {
  readonly data: Float64Array;
  readonly width: number;
  /** The first of them. */
  readonly row: number;
}

/** Products of rows of matrices, fast for those that lie in its own memory. */
export interface Products {
  /** So many numbers in that memory, from its beginning, of no use once there is another; undefined where there is none. */
  room(count: number): Float64Array | undefined;
  /** C[i, j + column] += by * sum over k in [from, to) of A[i, k] B[j, k], for i < m and j < p; lower: where j <= i. */
  accumulate(
    c: Rows,
    column: number,
    a: Rows,
    b: Rows,
    m: number,
    p: number,
    from: number,
    to: number,
    by: number,
    lower: boolean,
  ): void;
}

/** What products.wat exports; addresses, widths, ends and depth count bytes. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  accumulate(
    c: number,
    cWidth: number,
    a: number,
    aWidth: number,
    b: number,
    bWidth: number,
    m: number,
    p: number,
    from: number,
    to: number,
    depth: number,
    by: number,
    lower: number,
  ): void;
}

/** As much of WebAssembly as is used; the types of Node and of browsers both lack it or have more. */
interface Compiler {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
}

/**
 * All in one function that refers to nothing outside, as its text runs in workers too. Sums are made by WebAssembly with
 * SIMD where there is any, else by the loops that it repeats: they are the same bits.
 * @param wasm products.wat assembled, as base64; without it all is done by the loops
 */
export function createProducts(wasm: string | undefined): Products {
  /** Columns of a product that are summed at once: what three rows of each side hold stays in the nearest cache. */
  const depth = 512;
  /** Bytes that WebAssembly can address, less a page. */
  const mostBytes = 2 ** 32 - 2 ** 16;
  const wide = Float64Array.BYTES_PER_ELEMENT;

  let known: Exports | false | undefined;
  function exports(): Exports | false {
    if (known === undefined) known = assembled();
    return known;
  }

  function assembled(): Exports | false {
    const { WebAssembly } = globalThis as { readonly WebAssembly?: Compiler };
    const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
    if (wasm === undefined || !WebAssembly || !isLittleEndian) return false;
    try {
      const bytes = Uint8Array.from(atob(wasm), (char) => char.charCodeAt(0));
      return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Exports;
    } catch {
      return false;
    }
  }

  /** Numbers in the memory of WebAssembly, from its beginning; undefined where there is none, or not so much. */
  function room(count: number): Float64Array | undefined {
    const found = count * wide <= mostBytes && exports();
    if (!found) return undefined;
    try {
      const missing = count * wide - found.memory.buffer.byteLength;
      if (missing > 0) found.memory.grow(Math.ceil(missing / 2 ** 16));
      return new Float64Array(found.memory.buffer, 0, count);
    } catch {
      return undefined;
    }
  }

  function accumulate(
    c: Rows,
    column: number,
    a: Rows,
    b: Rows,
    m: number,
    p: number,
    from: number,
    to: number,
    by: number,
    lower: boolean,
  ): void {
    const fast = known;
    if (fast && c.data.buffer === fast.memory.buffer) {
      const at = ({ data, width, row }: Rows): number => data.byteOffset + row * width * wide;
      fast.accumulate(
        at(c) + column * wide,
        c.width * wide,
        at(a),
        a.width * wide,
        at(b),
        b.width * wide,
        m,
        p,
        from * wide,
        to * wide,
        depth * wide,
        by,
        lower ? 1 : 0,
      );
      return;
    }
    const x = a.data;
    const y = b.data;
    const z = c.data;
    for (let start = from; start < to; start += depth) {
      const end = Math.min(start + depth, to);
      const paired = end - ((end - start) % 2);
      for (let i = 0; i < m; i += 2) {
        const i1 = Math.min(i + 1, m - 1);
        const a0 = (a.row + i) * a.width;
        const a1 = (a.row + i1) * a.width;
        // The kernel takes three rows at a time.
        const most = lower ? Math.min(p, i1 - (i1 % 3) + 3) : p;
        for (let j = 0; j < most; j += 2) {
          const j1 = Math.min(j + 1, p - 1);
          const b0 = (b.row + j) * b.width;
          const b1 = (b.row + j1) * b.width;
          // Places of a stretch that are even, and odd.
          let s00 = 0;
          let s01 = 0;
          let s10 = 0;
          let s11 = 0;
          let t00 = 0;
          let t01 = 0;
          let t10 = 0;
          let t11 = 0;
          for (let k = start; k < paired; k += 2) {
            const u0 = x[a0 + k] as number;
            const u1 = x[a1 + k] as number;
            const v0 = y[b0 + k] as number;
            const v1 = y[b1 + k] as number;
            s00 += u0 * v0;
            s01 += u0 * v1;
            s10 += u1 * v0;
            s11 += u1 * v1;
            const w0 = x[a0 + k + 1] as number;
            const w1 = x[a1 + k + 1] as number;
            const x0 = y[b0 + k + 1] as number;
            const x1 = y[b1 + k + 1] as number;
            t00 += w0 * x0;
            t01 += w0 * x1;
            t10 += w1 * x0;
            t11 += w1 * x1;
          }
          s00 += t00;
          s01 += t01;
          s10 += t10;
          s11 += t11;
          if (paired < end) {
            s00 += (x[a0 + paired] as number) * (y[b0 + paired] as number);
            s01 += (x[a0 + paired] as number) * (y[b1 + paired] as number);
            s10 += (x[a1 + paired] as number) * (y[b0 + paired] as number);
            s11 += (x[a1 + paired] as number) * (y[b1 + paired] as number);
          }
          const c0 = (c.row + i) * c.width + column;
          z[c0 + j]! += by * s00;
          if (j1 > j) z[c0 + j1]! += by * s01;
          if (i1 === i) continue;
          const c1 = (c.row + i1) * c.width + column;
          z[c1 + j]! += by * s10;
          if (j1 > j) z[c1 + j1]! += by * s11;
        }
      }
    }
  }

  return { room, accumulate };
}
