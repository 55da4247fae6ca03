import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** What came of one model, or of the groups of one. */
export interface ZooResult {
  readonly name: string;
  /** The commit that was tried. */
  readonly commit?: string;
  readonly seconds?: number;
  /** Bytes of its report; 0 where nothing of it can be planned and the page says why. */
  readonly report?: number;
  /** How many random groups were those of the command. */
  readonly groups?: number;
  readonly failed?: string;
}

/** Results so far, one line of JSON for each in a file, so that a run that is ended goes on where it was. */
export function openLog(path: string | undefined): {
  /** Whether it was tried and went well: what failed is tried again. */
  has(name: string): boolean;
  add(result: ZooResult): void;
  /** The last result of each name. */
  results(): ZooResult[];
} {
  const lines = path !== undefined && existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  const found = new Map<string, ZooResult>();
  for (const line of lines.filter(Boolean)) {
    const result = JSON.parse(line) as ZooResult;
    found.set(result.name, result);
  }
  return {
    has: (name) => found.get(name)?.failed === undefined && found.has(name),
    add(given) {
      const result = { ...given, commit };
      found.set(result.name, result);
      if (path !== undefined) appendFileSync(path, `${JSON.stringify(result)}\n`);
    },
    results: () => [...found.values()],
  };
}
