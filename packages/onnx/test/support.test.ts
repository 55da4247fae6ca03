import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { supportText, undescribed } from "../../../tooling/support/support-text.js";

test("every rule is described in tooling/support/operators.ts", () => {
  expect(undescribed()).toEqual([]);
});

test("docs/operators.md is what `pnpm support` writes", () => {
  expect(readFileSync(new URL("../../../docs/operators.md", import.meta.url), "utf8")).toBe(supportText());
});
