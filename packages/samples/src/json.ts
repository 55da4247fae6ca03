import { type Bytes, textOf } from "./bytes.js";
import { type Column, product, rowsOf } from "./columns.js";
import { reasonOf, SamplesError } from "./errors.js";

/** Text is read as a whole, and takes several times as much in memory. */
const most = 256 * 2 ** 20;

/** Nested arrays, one item per sample; or an object of them. */
export async function jsonColumns(bytes: Bytes): Promise<Column[]> {
  const { path } = bytes;
  if (bytes.size > most)
    throw new SamplesError("bad-file", {
      path,
      why: `it has ${bytes.size} bytes, and ${most} are the most that are read of JSON; save it as .npy, which is read in parts`,
    });
  const value = parsed(path, await textOf(bytes));
  if (Array.isArray(value)) return [column(path, undefined, value)];
  if (typeof value !== "object" || value === null)
    throw new SamplesError("bad-file", { path, why: "it holds neither nested arrays nor an object of them" });
  return Object.entries(value).map(([name, list]) => column(path, name, list));
}

function parsed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new SamplesError(
      "bad-file",
      { path, why: `it is not JSON (${reasonOf(error)})` },
      { cause: error },
    );
  }
}

/** No tensor has more dims. */
const deepest = 32;

function column(path: string, name: string | undefined, value: unknown): Column {
  const shape: number[] = [];
  for (let item = value; Array.isArray(item); item = item[0]) shape.push(item.length);
  const bad = (at: string, why: string): SamplesError =>
    new SamplesError("bad-file", { path, why: `${name ?? "it"}${at} ${why}` });
  const [count, ...rest] = shape;
  if (count === undefined) throw bad("", "is no array");
  if (shape.length > deepest)
    throw bad("", `nests arrays ${shape.length} deep, and ${deepest} is the most that is read`);
  const values = new Float64Array(product(shape));
  let next = 0;
  const fill = (item: unknown, depth: number, at: string): void => {
    if (depth === shape.length) {
      if (typeof item !== "number") throw bad(at, "is no number");
      values[next++] = item;
      return;
    }
    if (!Array.isArray(item) || item.length !== shape[depth])
      throw bad(at, `must be an array of ${shape[depth]}, as the first of its kind is`);
    item.forEach((one, i) => {
      fill(one, depth + 1, `${at}[${i}]`);
    });
  };
  fill(value, 0, "");
  const size = product(rest);
  return { name, count, shape: rest, isBytes: false, read: async (places) => rowsOf(values, size, places) };
}
