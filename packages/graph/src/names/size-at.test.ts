import fc from "fast-check";
import { expect, test } from "vitest";
import { add, type Dim, floorDivide, multiply, nameOf, sizeAt, subtract, symbol } from "./dim.js";

const values: Readonly<Record<string, number>> = { a: 7, "past + 1": 12, "odd*name": 5 };
const sizeOf = (name: string): number | undefined => values[name];

const dims = fc.letrec<{ dim: { dim: Dim; value: number } }>((tie) => ({
  dim: fc.oneof(
    { depthSize: "small" },
    fc.integer({ min: 1, max: 9 }).map((value) => ({ dim: value as Dim, value })),
    fc
      .constantFrom(...Object.keys(values))
      .map((name) => ({ dim: symbol(name), value: sizeOf(name) as number })),
    fc
      .tuple(tie("dim"), tie("dim"), fc.constantFrom("add", "subtract", "multiply", "divide"))
      .map(([x, y, op]) => {
        if (op === "add") return { dim: add(x.dim, y.dim), value: x.value + y.value };
        if (op === "subtract") return { dim: subtract(x.dim, y.dim), value: x.value - y.value };
        if (op === "multiply") return { dim: multiply(x.dim, y.dim), value: x.value * y.value };
        const by = typeof y.dim === "number" && y.dim > 0 ? y.dim : 2;
        return { dim: floorDivide(x.dim, by), value: Math.floor(x.value / by) };
      }),
  ),
})).dim;

test("a size is what arithmetic on its symbols gives, through any number of rounded quotients", () => {
  fc.assert(
    fc.property(dims, ({ dim, value }) => {
      expect((sizeAt(dim, sizeOf) as number) + 0).toBe(value + 0);
    }),
    { seed: 1, numRuns: 500 },
  );
});

test("a size of which one symbol is unknown is not known", () => {
  expect(sizeAt(add(symbol("a"), symbol("unheard")), sizeOf)).toBeUndefined();
  expect(sizeAt(floorDivide(symbol("unheard"), 2), sizeOf)).toBeUndefined();
  expect(sizeAt(floorDivide(symbol("a"), symbol("zero")), (name) => (name === "a" ? 3 : 0))).toBeUndefined();
});

test("a symbol gives its name back; what is made of several has none", () => {
  expect(nameOf(symbol("past + 1"))).toBe("past + 1");
  expect(nameOf(symbol("h"))).toBe("h");
  expect(nameOf(multiply(2, symbol("h")))).toBeUndefined();
  expect(nameOf(3)).toBeUndefined();
});
