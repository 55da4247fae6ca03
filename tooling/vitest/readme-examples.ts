import { readFileSync } from "node:fs";
import type { Plugin } from "vitest/config";

const query = "?example.ts";

/** One fence of a page: `page.md?fence2.ts`. */
const fenceQuery = /^(?<page>.*\.md)\?fence(?<nth>\d+)\.ts$/;

/** The text of a page's `ts` fences. */
export const fencesOf = (text: string): string[] =>
  [...text.matchAll(/^```ts(?: \[[^\]]*\])?\n(?<code>.*?)^```$/gms)].map(({ groups }) => groups?.code ?? "");

/** Lets a test import what a README shows: `README.md?example.ts` is the text of its `ts` fences, one after the other. */
export const readmeExamples: Plugin = {
  name: "readme-examples",
  enforce: "pre",
  load(id) {
    const { page, nth } = fenceQuery.exec(id)?.groups ?? {};
    if (page !== undefined) return `${fencesOf(readFileSync(page, "utf8"))[Number(nth)]}\nexport {};\n`;
    if (!id.endsWith(`.md${query}`)) return undefined;
    const text = readFileSync(id.slice(0, -query.length), "utf8");
    const fences = [...text.matchAll(/^```ts\n(?<code>.*?)^```$/gms)];
    return `${fences.map(({ groups }) => groups?.code).join("\n")}\nexport {};\n`;
  },
};
