import { fileURLToPath } from "node:url";
import type { Plugin } from "vitest/config";
import type { Mutation } from "./mutations.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Puts the mutation of PRUNE_MUTANT, as JSON, into the file that it is of as the file is loaded; files stay as they are. */
export function mutant(): Plugin[] {
  if (!process.env.PRUNE_MUTANT) return [];
  const { file, start, end, before, after } = JSON.parse(process.env.PRUNE_MUTANT) as Mutation;
  return [
    {
      name: "mutant",
      enforce: "pre",
      transform(code, id) {
        if (id !== root + file) return undefined;
        if (code.slice(start, end) !== before) throw new Error(`${file} has changed since it was mutated`);
        return code.slice(0, start) + after + code.slice(end);
      },
    },
  ];
}
