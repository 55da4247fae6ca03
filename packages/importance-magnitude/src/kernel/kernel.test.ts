import { readFileSync } from "node:fs";
import type { Selector, StoredValues } from "@prune/graph/advanced";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { assembled, assembledPath, kernels } from "../../../../tooling/kernels/assemble.js";
import { sumsByPosition } from "../sums.js";
import { stretch, type Values } from "../values.js";
import { adderOf, kernelAdder, plainAdder } from "./adder.js";
import { type SumKernel, sumKernel } from "./kernel.js";

const kernel = sumKernel() as SumKernel;

test.each(kernels)("what is checked in of %s is what it assembles to", async (path) => {
  expect(readFileSync(assembledPath(path), "utf8")).toBe(await assembled(path));
});

/** What bits of a stored type are, by arithmetic. */
function numberOf(type: StoredValues["type"], bits: number): number {
  if (type !== "float16") {
    const word = Uint32Array.of(type === "float32" ? bits : bits << 16);
    return new Float32Array(word.buffer)[0] as number;
  }
  const [sign, exponent, fraction] = [bits & 0x8000 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** Values as a model stores them: read into what is lent, or a view on other memory. */
function storedAs(type: StoredValues["type"], bits: ArrayLike<number>, isView: boolean): Values {
  const words = type === "float32" ? Uint32Array.from(bits) : Uint16Array.from(bits);
  const bytes = new Uint8Array(words.buffer);
  const size = words.BYTES_PER_ELEMENT;
  const numbers = Float32Array.from(bits, (word) => numberOf(type, word));
  return {
    length: bits.length,
    read: (from, to) => numbers.subarray(from, to),
    stored: {
      type,
      read(from, to, into) {
        const part = bytes.subarray(from * size, to * size);
        if (isView) return part;
        into.set(part);
        return into.subarray(0, part.length);
      },
    },
  };
}

test.each(["float16", "bfloat16"] as const)("the kernel knows every %s number", (type) => {
  const values = storedAs(
    type,
    Array.from({ length: 1 << 16 }, (_, bits) => bits),
    false,
  );
  const column = new Float64Array(1 << 16);
  const adder = kernelAdder(kernel, values, column, 1);
  adder.read(0, 1 << 16);
  adder.add(0, 1 << 16, 1, 0, 1);
  adder.end();
  expect(column).toEqual(Float64Array.from({ length: 1 << 16 }, (_, bits) => Math.abs(numberOf(type, bits))));
});

const selector = (view: readonly number[], dims: readonly number[]): Selector => ({
  view,
  dims,
  ids: new Int32Array(dims.reduce((n, d) => n * (view[d] as number), 1)),
  role: "value",
  node: "",
});

test("the kernel's sums are the plain loops', bit for bit", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 19 }), { minLength: 1, maxLength: 4 });
  const cases = fc.record({
    shape: shapes,
    type: fc.constantFrom("float32", "float16", "bfloat16"),
    axes: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 3 }),
    p: fc.constantFrom(1, 2),
    isView: fc.boolean(),
    seed: fc.integer(),
  } as const);
  fc.assert(
    fc.property(cases, ({ shape, type, axes, p, isView, seed }) => {
      let state = seed;
      const bits = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) | 0;
        return type === "float32" ? state >>> 0 : state >>> 16;
      });
      const values = storedAs(type, bits, isView);
      const selectors = [...new Set(axes.map((axis) => axis % shape.length))].map((d) =>
        selector(shape, [d]),
      );
      const ofKernel = sumsByPosition(values, selectors, p, (...args) => kernelAdder(kernel, ...args));
      const { stored: _, ...decoded } = values;
      expect(sumsByPosition(decoded, selectors, p, (...args) => kernelAdder(kernel, ...args))).toEqual(
        ofKernel,
      );
      expect(ofKernel).toEqual(sumsByPosition(values, selectors, p, plainAdder));
    }),
    { seed: 1, numRuns: 600 },
  );
});

test.each<[string, Selector[]]>([
  ["rows longer than a stretch", [selector([3, stretch + 5], [0])]],
  ["columns of many rows", [selector([stretch / 64 + 3, 100], [0]), selector([stretch / 64 + 3, 100], [1])]],
  ["runs that are more than a stretch together", [selector([2, 5, stretch / 4], [1])]],
  ["more columns than the kernel makes room for", [selector([2, stretch + 5], [1])]],
])("they are the same for %s", (_, selectors) => {
  const size = selectors[0]!.view.reduce((a, b) => a * b, 1);
  const values = storedAs(
    "float16",
    new Uint16Array(size).map((_, i) => (i * 7919) % 31000),
    false,
  );
  const bytes = (sums: readonly Float64Array[]): Buffer =>
    Buffer.concat(sums.map(({ buffer }) => new Uint8Array(buffer)));
  const plain = bytes(sumsByPosition(values, selectors, 2, plainAdder));
  expect(bytes(sumsByPosition(values, selectors, 2)).equals(plain)).toBe(true);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

test("the kernel adds up what is big enough, and nothing where there is no WebAssembly", async () => {
  let numbers = 0;
  const { read, ...values } = storedAs("float16", new Uint16Array(2048).fill(0x3c00), false);
  const watched: Values = {
    ...values,
    read(from, to) {
      numbers++;
      return read(from, to);
    },
  };
  const rows = [selector([2, 1024], [0])];
  expect(sumsByPosition(watched, rows, 1)).toEqual([Float64Array.of(1024, 1024)]);
  expect(numbers).toBe(0);
  vi.stubGlobal("WebAssembly", undefined);
  vi.resetModules();
  const alone = await import("./adder.js");
  expect(alone.adderOf).not.toBe(adderOf);
  expect(sumsByPosition(watched, rows, 1, alone.adderOf)).toEqual([Float64Array.of(1024, 1024)]);
  expect(numbers).toBeGreaterThan(0);
});
