import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { createProducts } from "../src/kernel/products.js";
import { productsWasm } from "../src/kernel/products.wasm.js";
import { createKernel, type Kernel } from "../src/kernel.js";
import { normals } from "./toy.js";

const [fast, plain] = [createKernel(createProducts(productsWasm)), createKernel(createProducts(undefined))];

/** A positive definite matrix of its own for each seed. */
function definite(n: number, seed: number): Float64Array {
  const draw = normals(seed);
  const rows = Float64Array.from({ length: n * n }, draw);
  const a = plain.multiply(rows, n, rows, n);
  for (let i = 0; i < n; i++) a[i * n + i]! += 1;
  return a;
}

/** All that a kernel makes of some matrices, as bytes. */
const all = (
  { multiply, factorShifted, solve }: Kernel,
  n: number,
  q: number,
  p: number,
  seed: number,
): Buffer => {
  const draw = normals(seed + 1);
  const rows = Float64Array.from({ length: q * n }, draw);
  const others = Float64Array.from({ length: p * n }, draw);
  const { l = new Float64Array(), added } = factorShifted(definite(n, seed), n, 0.5) ?? {};
  const solved = rows.slice();
  solve(l, n, solved, q);
  const made = [multiply(rows, q, others, n, p), l, Float64Array.of(added ?? -1), solved];
  return Buffer.concat(made.map(({ buffer }) => new Uint8Array(buffer)));
};

test("WebAssembly gives the bits of the loops, whatever the sizes", () => {
  const size = fc.integer({ min: 48, max: 130 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 130 }), fc.nat(), (n, q, p, seed) => {
      expect(all(fast, n, q, p, seed).equals(all(plain, n, q, p, seed))).toBe(true);
    }),
    { seed: 1, numRuns: 6 },
  );
  // Rows that are longer than a stretch, more than are solved for at once.
  expect(all(fast, 555, 401, 50, 1).equals(all(plain, 555, 401, 50, 1))).toBe(true);
});

test("it is what works on matrices that are not small", () => {
  const spoilt = vi.spyOn(WebAssembly, "Instance");
  const own = createKernel(createProducts(productsWasm));
  own.multiply(new Float64Array(4), 2, new Float64Array(4), 2);
  expect(spoilt).not.toHaveBeenCalled();
  own.multiply(new Float64Array(2500), 50, new Float64Array(2500), 50);
  expect(spoilt).toHaveBeenCalledOnce();
  spoilt.mockRestore();
});

test("a matrix that is not positive definite is refused by both", () => {
  const flat = new Float64Array(60 * 60).fill(-1);
  for (const kernel of [fast, plain]) expect(kernel.factor(flat.slice(), 60)).toBe(false);
});
