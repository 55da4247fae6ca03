import { type Bytes, readRows } from "../bytes.js";
import { type Column, type Numbers, product, rowsOf } from "../columns.js";
import { SamplesError } from "../errors.js";
import { npyElement } from "./elements.js";
import { headerEnd, preamble, readHeader } from "./header.js";

/** The array, as doubles, and the same in the other order are held beside each other. */
const mostWhole = 2 ** 30;

/** An array in .npy form. Only the samples that are asked for are read, unless it is in Fortran order. */
export async function npyColumn(bytes: Bytes, name?: string): Promise<Column> {
  const { path } = bytes;
  const end = headerEnd(path, await bytes.read(0, preamble));
  const { descr, fortran, shape, start } = readHeader(path, await bytes.read(0, end));
  const element = npyElement(path, descr);
  const [count, ...rest] = shape;
  if (count === undefined)
    throw new SamplesError("bad-file", { path, why: "it holds one number, not one entry per sample" });
  const size = product(rest);
  const wanted = start + count * size * element.bytes;
  if (bytes.size < wanted)
    throw new SamplesError("bad-file", {
      path,
      why: `it ends early: an array of ${shape.join("x")} takes ${wanted} bytes, and there are ${bytes.size}`,
    });
  if (fortran && shape.length > 1 && count * size * element.bytes > mostWhole)
    throw new SamplesError("bad-file", {
      path,
      why: `it is in Fortran order, which is read as a whole, and takes ${count * size * element.bytes} bytes, where ${mostWhole} are the most; save np.ascontiguousarray of it`,
    });
  let whole: Promise<Numbers> | undefined;
  const inOrder = async (): Promise<Numbers> =>
    transposed(element.decode(await readRows(bytes, start, count * size * element.bytes, [0])), shape);
  return {
    name,
    count,
    shape: rest,
    isBytes: element.isByte,
    async read(places) {
      if (!fortran || shape.length < 2)
        return element.decode(await readRows(bytes, start, size * element.bytes, places));
      whole ??= inOrder();
      return rowsOf(await whole, size, places);
    },
  };
}

/** Row-major elements of an array that is stored column-major. */
function transposed(values: Numbers, shape: readonly number[]): Numbers {
  const out = values.slice();
  const strides = shape.map((_, d) => product(shape.slice(0, d)));
  const at = new Array<number>(shape.length).fill(0);
  for (let o = 0, i = 0; o < out.length; o++) {
    out[o] = values[i] as number;
    for (let d = shape.length - 1; d >= 0; d--) {
      i += strides[d] as number;
      if (++at[d]! < (shape[d] as number)) break;
      i -= (strides[d] as number) * (shape[d] as number);
      at[d] = 0;
    }
  }
  return out;
}
