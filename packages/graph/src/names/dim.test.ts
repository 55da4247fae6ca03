import fc from "fast-check";
import { expect, test } from "vitest";
import { add, type Dim, divide, floorDivide, multiply, product, subtract, symbol } from "./dim.js";

const values: Readonly<Record<string, number>> = { a: 3, b: 5, c: 7 };
const leaf = fc.oneof(fc.integer({ min: -6, max: 6 }), fc.constantFrom("a", "b", "c").map(symbol));
const dims = fc.letrec<{ dim: { dim: Dim; value: number } }>((tie) => ({
  dim: fc.oneof(
    { depthSize: "small" },
    leaf.map((dim) => ({ dim, value: typeof dim === "number" ? dim : (values[dim] as number) })),
    fc
      .tuple(tie("dim"), tie("dim"), fc.constantFrom("add", "subtract", "multiply"))
      .map(([x, y, op]) =>
        op === "add"
          ? { dim: add(x.dim, y.dim), value: x.value + y.value }
          : op === "subtract"
            ? { dim: subtract(x.dim, y.dim), value: x.value - y.value }
            : { dim: multiply(x.dim, y.dim), value: x.value * y.value },
      ),
  ),
})).dim;

/** Reads the text of a dim as arithmetic. */
const evaluate = (dim: Dim): number =>
  typeof dim === "number"
    ? dim
    : dim
        .split("+")
        .reduce((sum, term) => sum + term.split("*").reduce((p, f) => p * (values[f] ?? Number(f)), 1), 0);

test("the text of a dim is the polynomial that it stands for", () => {
  fc.assert(
    fc.property(dims, ({ dim, value }) => {
      expect(evaluate(dim)).toBe(value);
    }),
    { seed: 1 },
  );
});

test("equal polynomials are equal strings", () => {
  fc.assert(
    fc.property(dims, dims, dims, (x, y, z) => {
      expect(multiply(x.dim, add(y.dim, z.dim))).toBe(add(multiply(x.dim, y.dim), multiply(z.dim, x.dim)));
      expect(subtract(add(x.dim, y.dim), y.dim)).toBe(x.dim);
    }),
    { seed: 1 },
  );
});

test("dividing a product by a factor gives the other, whatever terms the factor has", () => {
  fc.assert(
    fc.property(dims, dims, (x, { dim: factor }) => {
      fc.pre(factor !== 0);
      expect(divide(multiply(x.dim, factor), factor)).toBe(x.dim);
    }),
    { seed: 1 },
  );
});

test("a division that isn't exact for every value has no result", () => {
  expect(divide(symbol("a"), 2)).toBeUndefined();
  expect(divide(add(multiply(2, symbol("a")), 1), 2)).toBeUndefined();
  expect(divide(7, 2)).toBeUndefined();
  expect(divide(add(symbol("a"), 2), add(symbol("a"), 1))).toBeUndefined();
  expect(divide(6, symbol("a"))).toBeUndefined();
  expect(divide(6, 0)).toBeUndefined();
});

test("nothing divided is nothing, by any size", () => {
  expect(divide(0, symbol("a"))).toBe(0);
});

test("an inexact quotient is one symbol, the same for the same operands", () => {
  const half = floorDivide(symbol("a"), 2);
  expect(half).toBe(floorDivide(symbol("a"), 2));
  expect(subtract(half, half)).toBe(0);
  expect(floorDivide(multiply(4, symbol("a")), 2)).toBe(multiply(2, symbol("a")));
});

test("names that look like arithmetic stay one symbol", () => {
  const odd = symbol("a+b");
  expect(odd).not.toBe(add(symbol("a"), symbol("b")));
  expect(subtract(multiply(odd, 3), odd)).toBe(multiply(2, odd));
  expect(subtract(symbol("x*y"), multiply(symbol("x"), symbol("y")))).not.toBe(0);
});

test("a product of dims keeps numbers in front", () => {
  expect(product([2, symbol("seq"), 3, symbol("batch")])).toBe("6*batch*seq");
  expect(product([])).toBe(1);
});
