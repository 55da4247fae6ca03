import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eachField, eachVarint, payload, string as text, varint } from "./wire.js";
import { embed, float, integer, string } from "./write/encode.js";
import { bytesOf, concat } from "./write/rope.js";

const whole = (bytes: Uint8Array) => ({ start: 0, end: bytes.length });

/** A packed list of one number, read as int64. */
function int64(bytes: Uint8Array): number {
  let value = Number.NaN;
  eachVarint(bytes, { start: 1, end: bytes.length }, (low, high) => {
    value = (high | 0) * 2 ** 32 + low;
  });
  return value;
}

describe("numbers", () => {
  it("read as they were written", () => {
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => void expect(int64(integer(1, value))).toBe(value)));
    fc.assert(fc.property(fc.maxSafeNat(), (value) => void expect(varint(integer(1, value), 1)).toBe(value)));
  });
  it("take ten bytes when negative, and saturate", () => {
    expect([...integer(1, -1)]).toEqual([8, ...new Array(9).fill(255), 1]);
    expect([...integer(1, 2 ** 64)]).toEqual([8, ...new Array(8).fill(255), 127]);
    expect(int64(integer(1, -(2 ** 64)))).toBe(-(2 ** 63));
  });
});

it("splits a message into its fields", () => {
  const bytes = concat([
    integer(1, 300),
    string(2, "é"),
    float(3, 1.5),
    ...embed(1000, [integer(1, 1)]).map(bytesOf),
  ]);
  const seen: unknown[] = [];
  eachField(bytes, whole(bytes), "test", (field) => {
    seen.push([
      field.number,
      field.type,
      field.number === 2 ? text(bytes, payload(field)) : field.end - field.from,
    ]);
  });
  expect(seen).toEqual([
    [1, 0, 2],
    [2, 2, "é"],
    [3, 5, 4],
    [1000, 2, 2],
  ]);
});

it.each<[string, string, number[]]>([
  ["a length past the end", "truncated", [0x0a, 5, 1]],
  ["an unfinished number", "truncated", [8, 0x80]],
  ["a number of eleven bytes", "malformed", [8, ...new Array(10).fill(0x80), 0]],
  ["field zero", "malformed", [0, 0]],
  ["a group", "malformed", [0x0b]],
])("refuses %s", (_, code, bytes) => {
  const read = (): void =>
    eachField(Uint8Array.from(bytes), { start: 0, end: bytes.length }, "test", () => {});
  expect(read).toThrow(expect.objectContaining({ code }));
});
