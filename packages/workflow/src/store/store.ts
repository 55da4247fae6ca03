import type { Bytes, SampleFiles } from "@prune/samples";

/** A part of a file, in bytes. */
export interface Range {
  readonly offset: number;
  readonly length: number;
}

/** A file to write; its length is known before its bytes are made. */
export interface NewFile {
  readonly path: string;
  readonly length: number;
  /** The bytes in order, each piece good until the next is asked for. */
  chunks(): Iterable<Uint8Array>;
}

/** Where a job reads and writes: a folder, memory, or what a browser gives. */
export interface Store {
  /** Bytes of a file; undefined if there is none. */
  size(path: string): Promise<number | undefined>;
  /** Fewer bytes than asked for come back only at the end of the file. */
  read(path: string, range?: Range): Promise<Uint8Array>;
  /** Writes all of the files or none of them; none may take the place of one of `inputs`. */
  write(files: readonly NewFile[], inputs?: readonly string[]): Promise<void>;
  /** The path of what a file refers to, such as its weights: always in the folder of the file or below. */
  resolve(file: string, reference: string): string;
  /** Refuses, before any work, outputs that could not be written. */
  readonly check?: (outputs: Outputs) => Promise<void>;
  /** What reads ranges at once, for formats that ask for weights when they need them. */
  readonly readNow?: (path: string, range?: Range) => Uint8Array;
  /** Where a file lies on the disk, for runtimes that read files themselves. */
  readonly locate?: (path: string) => string;
  /** How samples are read. @default raw bytes, .npy and .json of the store */
  readonly samples?: SampleFiles;
}

/** What a job is about to write, and what it reads. */
export interface Outputs {
  readonly inputs: readonly string[];
  readonly files: readonly string[];
  /** Folders that a model of several files goes to. */
  readonly folders: readonly string[];
}

/** A file of text. */
export function textFile(path: string, text: string): NewFile {
  const bytes = new TextEncoder().encode(text);
  return { path, length: bytes.length, chunks: () => [bytes] };
}

/** A file of JSON, for people too. */
export const jsonFile = (path: string, value: unknown): NewFile =>
  textFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** Samples in a store that has no reader of its own for them. */
export const samplesOf = (store: Store): SampleFiles =>
  store.samples ?? {
    bytes: async (path): Promise<Bytes> => ({
      path,
      size: (await store.size(path)) ?? (await store.read(path)).length,
      read: (offset, length) => store.read(path, { offset, length }),
    }),
  };
