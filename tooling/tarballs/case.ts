/** One way to use the packages from outside. */
export interface Case {
  readonly name: string;
  readonly group:
    | "quick"
    | "node"
    | "types"
    | "bundlers"
    | "runtimes"
    | "peers"
    | "command"
    | "examples"
    | "docs";
  /** What npm installs. */
  readonly install: readonly string[];
  /** Runs in the project; what it says goes into the table, and what it throws fails the case. */
  run(folder: string): Promise<string>;
}

export const root: string = new URL("../..", import.meta.url).pathname;

/** What of a text shows that it went well; throws with the text if nothing does. */
export function checked(text: string, pattern: RegExp = wanted): string {
  const found = pattern.exec(text);
  if (!found) throw new Error(`it said: ${text.slice(-2000)}`);
  return found[0];
}

const wanted = /removed [1-9]\d*, smaller true, refused true/;
