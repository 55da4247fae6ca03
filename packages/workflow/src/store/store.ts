import type { Bytes, SampleFiles } from "@prune/samples/advanced";

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

/** A model to write: one file, or one that names others with its weights. */
export interface NewModel {
  /** Weights files, in or below the folder of the file that names them. */
  readonly weights: readonly NewFile[];
  readonly model: NewFile;
  /** That file as it is where weights files, by their paths here, are called otherwise. */
  renamed(paths: ReadonlyMap<string, string>): NewFile;
  /** Puts a hash into a weights file's name. @default at its end */
  readonly withSuffix?: (name: string, suffix: string) => string;
}

/** What a job writes. */
export interface Results {
  readonly model?: NewModel | undefined;
  /** What describes the model; it appears after it. */
  readonly files: readonly NewFile[];
}

/** A path that a job is about to write. */
export interface StoreOutput {
  readonly path: string;
  /** A folder of files, which may be there already; else one file. @default "file" */
  readonly kind?: "file" | "folder";
  /** Whether a file of this name, in the same folder or for a folder inside it, belongs to this output too. */
  readonly companion?: (name: string) => boolean;
}

/** Where a job reads and writes: a folder, memory, or what a browser gives. */
export interface Store {
  /** Bytes of a file; undefined if there is none. */
  size(path: string): Promise<number | undefined>;
  /** Fewer bytes than asked for come back only at the end of the file. */
  read(path: string, range?: Range): Promise<Uint8Array>;
  /** Writes all or nothing; no file may take the place of one of `inputs`. */
  write(results: Results, inputs?: readonly string[]): Promise<void>;
  /** The path of what a file refers to, such as its weights: always in the folder of the file or below. */
  resolve(file: string, reference: string): string;
  /** Refuses, before any work, outputs that can't be written, or that would take the place of an input or of each other. */
  readonly check?: (inputs: readonly string[], outputs: readonly StoreOutput[]) => void;
  /** What reads ranges at once, for formats that ask for weights when they need them. */
  readonly readNow?: (path: string, range?: Range) => Uint8Array;
  /** Whether files lie outside of memory and `readNow` reads ranges of them: big models are then never read whole. */
  readonly isOutside?: boolean;
  /** Where a file lies on the disk, for runtimes that read files themselves. */
  readonly locate?: (path: string) => string;
  /** Whether what is written to a path flows on, so that a model goes there in one piece. @default never */
  readonly isStream?: (path: string) => boolean;
  /** How samples are read. @default raw bytes, .npy and .json of the store */
  readonly samples?: SampleFiles;
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
