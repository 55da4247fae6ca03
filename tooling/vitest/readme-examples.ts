import { readFileSync } from "node:fs";
import type { Plugin } from "vitest/config";
import { fencesOf } from "../docs/page-code.js";

const query = "?example.ts";

/** One fence of a page: `page.md?fence2.ts`. */
const fenceQuery = /^(?<page>.*\.md)\?fence(?<nth>\d+)\.ts$/;

/** Lets a test import what a README shows: `README.md?example.ts` is the text of its `ts` fences, one after the other. */
export const readmeExamples: Plugin = {
  name: "readme-examples",
  enforce: "pre",
  load(id) {
    const { page, nth } = fenceQuery.exec(id)?.groups ?? {};
    if (page !== undefined) return `${fencesOf(readFileSync(page, "utf8"))[Number(nth)]}\nexport {};\n`;
    if (!id.endsWith(`.md${query}`)) return undefined;
    const text = readFileSync(id.slice(0, -query.length), "utf8");
    return `${fencesOf(text).join("\n")}\nexport {};\n`;
  },
};
