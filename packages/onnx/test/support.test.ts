import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { supportText } from "../../../tooling/support/support-text.js";

test("docs/operators.md is what `pnpm support` writes", () => {
  expect(readFileSync(new URL("../../../docs/operators.md", import.meta.url), "utf8")).toBe(supportText());
});
