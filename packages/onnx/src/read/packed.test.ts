import { expect, it } from "vitest";
import { pack, packedBits, unpack } from "./packed.js";

it.each([
  [4, Uint8Array.of(0x21, 0x43, 0x05)],
  [2, Uint8Array.of(0b11100100, 0b00000001)],
])("elements of %i bits come out one to a byte, the lowest bits first, and go back", (bits, bytes) => {
  expect([...unpack(bytes, bits, 5)]).toEqual(bits === 4 ? [1, 2, 3, 4, 5] : [0, 1, 2, 3, 1]);
  expect(pack(unpack(bytes, bits, 5), bits)).toEqual(bytes);
});

it("is for element types of several to a byte", () => {
  expect([2, 8, 21, 22, 23, 25].map(packedBits)).toEqual([undefined, undefined, 4, 4, 4, 2]);
});
