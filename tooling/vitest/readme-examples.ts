import { readFileSync } from "node:fs";
import type { Plugin } from "vitest/config";

const query = "?example.ts";

/** Lets a test import what a README shows: `README.md?example.ts` is the text of its `ts` fences, one after the other. */
export const readmeExamples: Plugin = {
  name: "readme-examples",
  enforce: "pre",
  load(id) {
    if (!id.endsWith(`.md${query}`)) return undefined;
    const text = readFileSync(id.slice(0, -query.length), "utf8");
    const fences = [...text.matchAll(/^```ts\n(?<code>.*?)^```$/gms)];
    return `${fences.map(({ groups }) => groups?.code).join("\n")}\nexport {};\n`;
  },
};
