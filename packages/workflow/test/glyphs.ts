import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** A file of the bundled classifier of drawn characters. */
export const samplePath = (name: string): string =>
  fileURLToPath(new URL(`../../../apps/cli/sample/${name}`, import.meta.url));

export const sample = (name: string): Uint8Array => new Uint8Array(readFileSync(samplePath(name)));
