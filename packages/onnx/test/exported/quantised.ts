import type { Builder } from "./builder.js";
import { type Exported, ends, graph, linear, relu, tokens } from "./kit.js";

export const bytes = (g: Builder, dims: readonly number[], seed: number): string => {
  const name = `q_${seed}`;
  const rawData = Uint8Array.from(
    { length: dims.reduce((a, b) => a * b, 1) },
    (_, i) => (i * 73 + seed * 31 + ((i * i) >> 3)) & 255,
  );
  g.graph.initializer?.push({ name, dims: [...dims], dataType: 2, rawData });
  return name;
};

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
};
