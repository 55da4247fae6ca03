import type { Builder } from "./builder.js";
import { type Exported, ends, graph, linear, relu, tokens } from "./kit.js";
import { bytes } from "./quantised.js";

interface Mixture {
  readonly experts?: number;
  readonly hidden?: number;
  readonly bits?: 4 | 8;
  readonly block?: number;
  readonly points?: boolean;
  readonly bias?: boolean;
  /** How rows of the gate lie beside those that it gates: 1 in turns; 0 where there are none. */
  readonly fusion?: 0 | 1;
  readonly gate?: boolean;
  /** How many experts a token goes through. */
  readonly k?: number;
}

const width = 64;

/** A mixture of experts in one operator, over tokens whose router is a plain layer. */
function mixture(
  g: Builder,
  x: string,
  {
    experts = 6,
    hidden = 16,
    bits,
    block = 0,
    points = false,
    bias = false,
    fusion = 0,
    gate = false,
    k = 2,
  }: Mixture,
): string {
  const flat = g.op("Reshape", [x, g.ints([-1, width])]);
  const router = g.op("MatMul", [flat, g.weight([width, experts], 0.4)]);
  const rows = hidden * (fusion ? 2 : 1);
  const matrix = (n: number, k: number, seed: number): string[] => {
    const offset = bias ? g.floats([experts, n], wave(experts * n, seed, 0.3)) : "";
    if (bits === undefined) return [g.weight([experts, n, k], Math.sqrt(3 / k)), offset];
    const dims = block ? [experts, n, k / block] : [experts, n];
    const scales = g.floats(
      dims,
      wave(
        dims.reduce((a, b) => a * b, 1),
        seed,
        0.01,
      ).map((v) => (0.03 + v) * (bits === 8 ? 0.08 : 1)),
    );
    return [bytes(g, [experts, n, (k * bits) / 8], seed), scales, offset];
  };
  const [into, out, gates] = [
    matrix(rows, width, 1),
    matrix(width, hidden, 2),
    gate ? matrix(hidden, width, 3) : bits === undefined ? ["", ""] : ["", "", ""],
  ];
  const point = (n: number, k: number, seed: number): string =>
    points ? bytes(g, [experts, n, Math.ceil((k / block) * ((bits as number) / 8))], seed) : "";
  const inputs = [x, router, ...into, ...out, ...(gates as string[])];
  if (points) inputs.push(point(rows, width, 7), point(width, hidden, 8));
  const y = g.op(`${bits === undefined ? "MoE" : "QMoE"}@com.microsoft`, inputs, {
    k,
    activation_type: fusion ? "swiglu" : "silu",
    ...(fusion && { swiglu_fusion: fusion }),
    ...(bits && { expert_weight_bits: bits, ...(block && { block_size: block }) }),
    normalize_routing_weights: 1,
  });
  return g.op("Add", [x, y]);
}

const wave = (n: number, seed: number, height: number): number[] =>
  Array.from({ length: n }, (_, i) => height * Math.sin(i * 0.7 + seed));

const around = (how: Mixture, parts: Readonly<Record<string, number>>): Exported =>
  graph(
    0.7,
    (g) => {
      const x = relu(g, linear(g, tokens(g), 12, width));
      ends(g, linear(g, mixture(g, x, how), width, 5));
    },
    { options: { opset: 17, domains: { "com.microsoft": 1 } }, modes: ["channels", "heads", "both"], parts },
  );

/** Mixtures of experts in one operator: units inside the experts are columns, experts are rows. */
export const experts: Readonly<Record<string, Exported>> = {
  "experts of two layers": around({}, { channels: 64, columns: 16, rows: 6 }),
  "experts with biases": around({ bias: true }, { channels: 64, columns: 16, rows: 6 }),
  "experts whose gate takes turns": around({ fusion: 1, bias: true }, { channels: 64, columns: 16, rows: 6 }),
  "more experts for each token than are left": around({ k: 4 }, { channels: 64, columns: 16, rows: 6 }),
  "experts in bytes": around({ bits: 8, bias: true }, { channels: 64, columns: 16, rows: 6 }),
  "experts in 4 bits, two to a byte": around({ bits: 4 }, { channels: 32, columns: 8, rows: 6 }),
  "experts in 4 bits, in blocks": around(
    { bits: 4, block: 16, hidden: 64, fusion: 1 },
    { channels: 4, columns: 4, rows: 6 },
  ),
  "experts in 4 bits, in blocks whose zero points share bytes": around(
    { bits: 4, block: 16, hidden: 64, points: true },
    { channels: 2, columns: 2, rows: 6 },
  ),
  "experts in bytes, in blocks with zero points": around(
    { bits: 8, block: 16, hidden: 64, points: true },
    { channels: 4, columns: 4, rows: 6 },
  ),
};
