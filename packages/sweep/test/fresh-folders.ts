import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Empty folders for a file of tests, which go when these have ended. */
export function freshFolders(name: string): { readonly home: string; fresh(): string } {
  const home = mkdtempSync(join(tmpdir(), `sweep-${name}-`));
  afterAll(() => rmSync(home, { recursive: true }));
  let count = 0;
  return {
    home,
    fresh() {
      const folder = join(home, String(count++));
      mkdirSync(folder);
      return folder;
    },
  };
}
