import type { Late } from "./rope.js";

/** Where the bytes of tensors go that lie outside the source. */
export interface Store {
  /** Takes a tensor and says where it put it; undefined leaves it to the model itself. */
  put(tensor: Late): Placed | undefined;
  /** Called with each external file that the source reads. */
  replaces(location: string): void;
}

export interface Placed {
  readonly location: string;
  readonly offset: number;
}

/** Everything into the model. */
export const inlineStore: Store = { put: () => undefined, replaces: () => {} };

export interface ExternalFile {
  readonly store: Store;
  /** What to write at which offset, in order. */
  readonly contents: readonly { readonly offset: number; readonly tensor: Late }[];
  /** The external files of the source. */
  readonly replaced: ReadonlySet<string>;
}

const alignment = 64;
const leastBytes = 1024;

/** Collects tensors of 1 KB and more for one external file, at offsets that suit vector loads. */
export function externalFile(location: string): ExternalFile {
  const contents: { offset: number; tensor: Late }[] = [];
  const replaced = new Set<string>();
  let end = 0;
  const put = (tensor: Late): Placed | undefined => {
    if (tensor.length < leastBytes) return undefined;
    const offset = Math.ceil(end / alignment) * alignment;
    contents.push({ offset, tensor });
    end = offset + tensor.length;
    return { location, offset };
  };
  return { store: { put, replaces: (file) => void replaced.add(file) }, contents, replaced };
}
