import { expect, it } from "vitest";
import { cut, printable } from "./printable.js";

it("writes control characters of names as numbers, and keeps lines and letters", () => {
  expect(printable("a\u001b[2Jb\u0007\u202e\rc\n\td é 日")).toBe(
    "a\\u001b[2Jb\\u0007\\u202e\\u000dc\n\td é 日",
  );
});
it("keeps colours only where the text has some of its own", () => {
  expect(printable("\u001b[31mred")).toBe("\\u001b[31mred");
  expect(printable("\u001b[31mred\u001b[2K", { colours: true })).toBe("\u001b[31mred\\u001b[2K");
});
it("cuts words that have no end", () => {
  expect(cut(`a ${"x".repeat(5000)} b`)).toBe(`a ${"x".repeat(400)}... b`);
});
