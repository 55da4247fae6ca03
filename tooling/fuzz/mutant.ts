import type { Random } from "./random.js";

/** Files of one input, and what the command is asked to do with them. */
export interface Mutant {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The command line; `@/` in front of a name stands for the folder of the files. */
  readonly args: readonly string[];
  /** What was changed, in words. */
  readonly edits: readonly string[];
}

/** A sound input. Each seed is one change, and leaving one out leaves the others what they are. */
export interface Base {
  readonly kind: string;
  readonly name: string;
  mutate(seeds: readonly number[]): Mutant;
}

/** Changes a document, and says what it did. */
export type Edit<Document> = (document: Document, random: Random) => string;

export type Edits<Document> = Readonly<Record<string, Edit<Document>>>;

/** One of the edits, by its name and what it did. */
export function anyOf<Document>(edits: Edits<Document>): Edit<Document> {
  const names = Object.keys(edits);
  return (document, random) => {
    const name = random.pick(names);
    return `${name}: ${(edits[name] as Edit<Document>)(document, random)}`;
  };
}
