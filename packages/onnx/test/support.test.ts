import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { supportText, undescribed } from "../../../tooling/support/support-text.js";

test("every rule is described in tooling/support/operators.ts", () => {
  expect(undescribed()).toEqual([]);
});

test("SUPPORT.md is what `pnpm support` writes", () => {
  expect(readFileSync(new URL("../../../SUPPORT.md", import.meta.url), "utf8")).toBe(supportText());
});
