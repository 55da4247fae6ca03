import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { type Builder, buildModel, noise, valueInfo } from "../../packages/onnx/test/exported/builder.js";

export interface DecoderSizes {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Heads of keys and values. */
  readonly groups: number;
  readonly hidden: number;
  readonly vocabulary: number;
}

const float16 = 10;
const int64 = 7;

/** Tensors of a model that is being described, and where their bytes lie in the file beside it. */
interface Beside {
  readonly tensors: { readonly offset: number; readonly count: number; readonly isScale: boolean }[];
  length: number;
}

/**
 * A Llama as ONNX Runtime GenAI writes it, in float16, with its caches as inputs and outputs, and its weights beside it
 * in `NAME_data`. The numbers are made up: stretches of one list of random ones, a different stretch for each tensor.
 * Returns how many bytes of weights there are.
 */
export function writeDecoder(path: string, sizes: DecoderSizes): number {
  const location = `${basename(path)}_data`;
  const beside: Beside = { tensors: [], length: 0 };
  writeFileSync(
    path,
    buildModel((g) => describe(g, sizes, location, beside), { domains: { "com.microsoft": 1 } }),
  );
  writeWeights(`${path}_data`, beside);
  return beside.length;
}

function describe(g: Builder, sizes: DecoderSizes, location: string, beside: Beside): void {
  const { layers, width, heads, groups, hidden, vocabulary } = sizes;
  const size = width / heads;
  const stored = (name: string, dims: readonly number[]): string => {
    const count = dims.reduce((a, b) => a * b, 1);
    const entries = { location, offset: beside.length, length: 2 * count };
    g.graph.initializer?.push({
      name,
      dims: [...dims],
      dataType: float16,
      dataLocation: 1,
      externalData: Object.entries(entries).map(([key, value]) => ({ key, value: String(value) })),
    });
    beside.tensors.push({ offset: beside.length, count, isScale: dims.length === 1 });
    beside.length += Math.ceil((2 * count) / 4096) * 4096;
    return name;
  };
  const norm = (x: string, name: string): string =>
    g.op("SimplifiedLayerNormalization", [x, stored(`${name}.weight`, [width])], {
      axis: -1,
      epsilon: { f: 1e-5 },
    });
  const linear = (x: string, name: string, from: number, to: number): string =>
    g.op("MatMul", [x, stored(`${name}.weight`, [from, to])]);

  const ids = g.input("input_ids", ["batch_size", "sequence_length"], int64);
  const mask = g.input("attention_mask", ["batch_size", "total_sequence_length"], int64);
  const count = g.op("ReduceSum", [mask, g.ints([1])], { keepdims: 0 });
  const lengths = g.op("Cast", [g.op("Sub", [count, g.ints([1])])], { to: 6 });
  const total = g.op("Cast", [g.op("Gather", [g.op("Shape", [mask]), g.ints([1], [])])], { to: 6 });
  let x = g.op("Gather", [stored("model.embed_tokens.weight", [vocabulary, width]), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const own = `model.layers.${layer}`;
    const y = norm(x, `${own}.input_layernorm`);
    const [q, k, v] = (
      [
        ["q", heads],
        ["k", groups],
        ["v", groups],
      ] as const
    ).map(([part, n]) => linear(y, `${own}.self_attn.${part}_proj`, width, n * size)) as [
      string,
      string,
      string,
    ];
    const [past, present] = ["past_key_values", "present"].map((kind) =>
      ["key", "value"].map((part) => `${kind}.${layer}.${part}`),
    ) as [string[], string[]];
    const cache = (steps: string): (string | number)[] => ["batch_size", groups, steps, size];
    for (const name of past) g.input(name, cache("past_sequence_length"), float16);
    for (const name of present)
      g.graph.output?.push(valueInfo(name, cache("total_sequence_length"), float16));
    const [attended = ""] = g.ops(
      "GroupQueryAttention@com.microsoft",
      [q, k, v, ...past, lengths, total],
      [`${own}.attended`, ...present],
      { num_heads: heads, kv_num_heads: groups },
    );
    x = g.op("Add", [x, linear(attended, `${own}.self_attn.o_proj`, width, width)]);
    const z = norm(x, `${own}.post_attention_layernorm`);
    const gate = linear(z, `${own}.mlp.gate_proj`, width, hidden);
    const silu = g.op("Mul", [gate, g.op("Sigmoid", [gate])]);
    const up = g.op("Mul", [silu, linear(z, `${own}.mlp.up_proj`, width, hidden)]);
    x = g.op("Add", [x, linear(up, `${own}.mlp.down_proj`, hidden, width)]);
  }
  g.op("MatMul", [norm(x, "model.norm"), stored("lm_head.weight", [width, vocabulary])], {}, "logits");
  g.graph.output?.unshift(valueInfo("logits", ["batch_size", "sequence_length", vocabulary], float16));
}

/** Numbers that are made: a prime, so that no row of a matrix is the same as another's. */
const made = 2097143;
const scale = 1 / 64;

function writeWeights(path: string, { tensors, length }: Beside): void {
  const numbers = halves(noise(made, 1));
  const ones = new Uint16Array(1 << 16).fill(0x3c00);
  const file = openSync(path, "w");
  try {
    tensors.forEach(({ offset, count, isScale }, i) => {
      const from = isScale ? ones : numbers;
      let start = isScale ? 0 : (i * 7919) % made;
      for (let done = 0; done < count; ) {
        const some = Math.min(count - done, from.length - start);
        const bytes = new Uint8Array(from.buffer, 2 * start, 2 * some);
        writeSync(file, bytes, 0, bytes.length, offset + 2 * done);
        done += some;
        start = 0;
      }
    });
    if (length > 0) writeSync(file, new Uint8Array(1), 0, 1, length - 1);
  } finally {
    closeSync(file);
  }
}

/** Bits of float16 numbers, those of [-1, 1] times `scale`. */
function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.map((value) => value * scale).buffer);
  return Uint16Array.from(bits, (word) => {
    const exponent = ((word >>> 23) & 255) - 112;
    return ((word >>> 16) & 0x8000) | (exponent > 0 ? (exponent << 10) | ((word & 0x7fffff) >>> 13) : 0);
  });
}
