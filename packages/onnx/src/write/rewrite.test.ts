import { expect, test } from "vitest";
import { rewritten } from "./rewrite.js";
import { join } from "./rope.js";

test("a field may become more pieces than a call takes arguments, and more may follow", () => {
  const many = Array.from({ length: 300_000 }, (_, i) => Uint8Array.of(i & 255));
  const message = Uint8Array.of(0x0a, 1, 7, 0x10, 3);
  const change = ({ number }: { readonly number: number }) => (number === 1 ? many : undefined);
  const made = join(rewritten(message, { start: 0, end: message.length }, change, { back: many }));
  expect(made.length).toBe(many.length + 2 + many.length);
  expect([...made.subarray(many.length - 1, many.length + 3)]).toEqual([299_999 & 255, 0x10, 3, 0]);
});
