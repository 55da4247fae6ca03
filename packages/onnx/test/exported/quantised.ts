import type { Builder } from "./builder.js";
import { type Exported, ends, graph, linear, relu, tokens } from "./kit.js";

const uint8 = 2;
const types = { int8: 3, uint4: 21, int4: 22 } as const;

export const bytes = (
  g: Builder,
  dims: readonly number[],
  seed: number,
  dataType: number = uint8,
): string => {
  const name = `q_${seed}`;
  const each = dataType >= types.uint4 ? 2 : 1;
  const rawData = Uint8Array.from(
    { length: Math.ceil(dims.reduce((a, b) => a * b, 1) / each) },
    (_, i) => (i * 73 + seed * 31 + ((i * i) >> 3)) & 255,
  );
  g.graph.initializer?.push({ name, dims: [...dims], dataType, rawData });
  return name;
};

/** MatMul by [k, n] behind DequantizeLinear: a scale for each column, or for each of its blocks. */
function dequantised(
  g: Builder,
  x: string,
  [k, n]: readonly [number, number],
  type: keyof typeof types,
  { block = 0, points = false, seed = 1 },
): string {
  const dims = block ? [k / block, n] : [n];
  const count = dims.reduce((a, b) => a * b, 1);
  const by = type === "int8" ? 0.05 : 1;
  const scales = g.floats(
    dims,
    Array.from({ length: count }, (_, i) => (0.05 + 0.02 * Math.sin(i + seed)) * by),
  );
  const inputs = [bytes(g, [k, n], seed, types[type]), scales];
  if (points) inputs.push(bytes(g, dims, seed + 50, types[type]));
  const how = block ? { axis: 0, block_size: block } : { axis: 1 };
  return g.op("MatMul", [x, g.op("DequantizeLinear", inputs, how)]);
}

/** MatMul by [k, n] in 4 or 8 bits. */
function packed(
  g: Builder,
  x: string,
  [k, n]: readonly [number, number],
  { bits = 4, block = 16, points = false, seed = 1 },
): string {
  const count = Math.ceil(k / block);
  const scales = g.floats(
    [n, count],
    Array.from({ length: n * count }, (_, i) => (0.02 + 0.01 * Math.sin(i + seed)) * (bits === 8 ? 0.1 : 1)),
  );
  const inputs = [x, bytes(g, [n, count, (block * bits) / 8], seed), scales];
  if (points) inputs.push(bytes(g, [n * Math.ceil((count * bits) / 8)], seed + 50));
  return g.op("MatMulNBits@com.microsoft", inputs, { K: k, N: n, bits, block_size: block });
}

const options = { opset: 17, domains: { "com.microsoft": 1 } };
const types4 = { opset: 21, ir: 10, domains: { "com.microsoft": 1 } };

/** Weights of a few bits, in blocks that share a scale. */
export const quantised: Readonly<Record<string, Exported>> = {
  "4 bits in blocks: a gated unit": graph(
    0.7,
    (g) => {
      const x = relu(g, linear(g, tokens(g), 12, 16));
      const [gate, up] = [1, 2].map((seed) => packed(g, x, [16, 64], { seed })) as [string, string];
      const h = g.op("Mul", [g.op("Mul", [gate, g.op("Sigmoid", [gate])]), up]);
      ends(g, packed(g, h, [64, 5], { seed: 3 }));
    },
    { options, parts: { channels: 4 } },
  ),
  "4 bits in blocks whose zero points share bytes": graph(
    0.9,
    (g) => {
      const x = linear(g, tokens(g), 12, 64);
      ends(g, packed(g, relu(g, x), [64, 5], { points: true, seed: 4 }));
    },
    { options, parts: { channels: 2 } },
  ),
  "8 bits in blocks with zero points": graph(
    0.7,
    (g) => {
      const h = relu(
        g,
        packed(g, linear(g, tokens(g), 12, 32), [32, 48], { bits: 8, points: true, seed: 5 }),
      );
      ends(g, packed(g, h, [48, 4], { bits: 8, points: true, seed: 6 }));
    },
    { options, parts: { channels: 5 } },
  ),
  "outputs of 4 bits read as they are": graph(
    0.7,
    (g) => {
      const h = relu(g, packed(g, g.input("x", [1, 5, 32]), [32, 24], { points: true, seed: 7 }));
      ends(g, linear(g, h, 24, 3));
    },
    { options, parts: { channels: 24 } },
  ),
  "a table of 4 bits": graph(
    1,
    (g) => {
      const table = bytes(g, [9, 32], 8);
      const scales = g.floats(
        [9, 4],
        Array.from({ length: 36 }, (_, i) => 0.05 + 0.02 * Math.cos(i)),
      );
      const e = g.op("GatherBlockQuantized@com.microsoft", [table, g.input("x", [1, 5], 7), scales], {
        bits: 4,
        block_size: 16,
        gather_axis: 0,
        quantize_axis: 1,
      });
      ends(g, linear(g, relu(g, e), 64, 3));
    },
    { options, parts: { channels: 4 } },
  ),
  "a table of 4 bits in their own type": graph(
    1,
    (g) => {
      const scales = g.floats(
        [9, 4],
        Array.from({ length: 36 }, (_, i) => 0.05 + 0.02 * Math.cos(i)),
      );
      const inputs = [bytes(g, [9, 64], 9, types.uint4), g.input("x", [1, 5], 7), scales];
      const e = g.op("GatherBlockQuantized@com.microsoft", inputs, {
        bits: 4,
        block_size: 16,
        gather_axis: 0,
        quantize_axis: 1,
      });
      ends(g, linear(g, relu(g, e), 64, 3));
    },
    { options: types4, parts: { channels: 4 } },
  ),
  "int4 weights with a scale for each column": graph(
    0.5,
    (g) => {
      const x = relu(g, linear(g, tokens(g), 12, 33));
      const h = relu(g, dequantised(g, x, [33, 47], "int4", { seed: 10 }));
      ends(g, dequantised(g, h, [47, 5], "int4", { seed: 11 }));
    },
    { options: types4, parts: { channels: 80 } },
  ),
  "uint4 weights in blocks with zero points": graph(
    0.6,
    (g) => {
      const x = relu(g, linear(g, tokens(g), 12, 64));
      const h = relu(g, dequantised(g, x, [64, 48], "uint4", { block: 16, points: true, seed: 12 }));
      ends(g, dequantised(g, h, [48, 5], "uint4", { block: 16, points: true, seed: 13 }));
    },
    { options: types4, parts: { channels: 7 } },
  ),
  "int8 weights in blocks": graph(
    0.6,
    (g) => {
      const x = relu(g, linear(g, tokens(g), 12, 64));
      ends(g, dequantised(g, x, [64, 5], "int8", { block: 16, seed: 14 }));
    },
    { options: types4, parts: { channels: 4 } },
  ),
};
