import type { Late } from "./rope.js";

/** Where the bytes of tensors go that lie outside the source. */
export interface Store {
  /** Takes a tensor that the source has at a location, and says where it put it; undefined leaves it to the model itself. */
  put(tensor: Late, from: string): Placed | undefined;
  /** Called with each external file that the source reads. */
  replaces(location: string): void;
}

export interface Placed {
  readonly location: string;
  readonly offset: number;
}

/** Everything into the model. */
export const inlineStore: Store = { put: () => undefined, replaces: () => {} };

/** A file of weights beside the model. */
export interface ExternalFile {
  /** Where the source has what goes into it; "" where it is one file for all. */
  readonly from: string;
  readonly location: string;
  /** What to write at which offset, in order. */
  readonly contents: readonly { readonly offset: number; readonly tensor: Late }[];
}

export interface ExternalFiles {
  readonly store: Store;
  /** Those that something goes into. */
  readonly files: ReadonlyMap<string, ExternalFile>;
  /** The external files of the source. */
  readonly replaced: ReadonlySet<string>;
}

const alignment = 64;
const leastBytes = 1024;

/**
 * Collects tensors of 1 KB and more for external files, at offsets that suit vector loads; `locate` says into which
 * file goes what the source has at a location.
 */
export function externalFiles(locate: (from: string) => string): ExternalFiles {
  const files = new Map<string, ExternalFile & { contents: { offset: number; tensor: Late }[] }>();
  const ends = new Map<string, number>();
  const replaced = new Set<string>();
  const put = (tensor: Late, from: string): Placed | undefined => {
    if (tensor.length < leastBytes) return undefined;
    const location = locate(from);
    const file = files.get(location) ?? { from, location, contents: [] };
    files.set(location, file);
    const offset = Math.ceil((ends.get(location) ?? 0) / alignment) * alignment;
    file.contents.push({ offset, tensor });
    ends.set(location, offset + tensor.length);
    return { location, offset };
  };
  return { store: { put, replaces: (file) => void replaced.add(file) }, files, replaced };
}
