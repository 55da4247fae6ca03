import { type Builder, valueInfo } from "./builder.js";
import { cacheShape, type DecoderSizes, logitsOf, past, present, small } from "./decoders.js";
import { linear } from "./kit.js";

/** A decoder by the contrib operator that ONNX Runtime GenAI writes. */
export function groupQueryDecoder(g: Builder, sizes: DecoderSizes = { ...small, size: 16 }): void {
  const { layers, heads, groups, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  const mask = g.input("attention_mask", ["batch", "total_steps"], 7);
  const count = g.op("ReduceSum", [mask, g.ints([1])], { keepdims: 0 });
  const lengths = g.op("Cast", [g.op("Sub", [count, g.ints([1])])], { to: 6 });
  const total = g.op("Cast", [g.op("Gather", [g.op("Shape", [mask]), g.ints([1], [])])], { to: 6 });
  let x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const project = (n: number): string => g.op("MatMul", [x, g.weight([width, n * size])]);
    const caches = ["key", "value"].map((part) => g.input(past(layer, part), cacheShape(sizes, "past")));
    const [y] = g.ops(
      "GroupQueryAttention@com.microsoft",
      [project(heads), project(groups), project(groups), ...caches, lengths, total],
      [`attended_${layer}`, present(layer, "key"), present(layer, "value")],
      { num_heads: heads, kv_num_heads: groups },
    ) as [string];
    for (const part of ["key", "value"])
      g.graph.output?.push(valueInfo(present(layer, part), cacheShape(sizes, "total_steps")));
    x = g.op("Add", [x, linear(g, y, heads * size, width)]);
  }
  logitsOf(g, x, sizes);
}

/** The same with queries, keys and values in one tensor, rotated inside the operator, as GenAI writes most of them. */
export function rotaryDecoder(g: Builder, sizes: DecoderSizes = { ...small, size: 64 }): void {
  const { layers, heads, groups, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  const mask = g.input("attention_mask", ["batch", "total_steps"], 7);
  const count = g.op("ReduceSum", [mask, g.ints([1])], { keepdims: 0 });
  const lengths = g.op("Cast", [g.op("Sub", [count, g.ints([1])])], { to: 6 });
  const total = g.op("Cast", [g.op("Gather", [g.op("Shape", [mask]), g.ints([1], [])])], { to: 6 });
  const tables = [Math.cos, Math.sin].map((of) =>
    g.floats(
      [64, size / 2],
      Array.from({ length: 32 * size }, (_, i) => of(Math.floor(i / (size / 2)) / (1 + (i % (size / 2))))),
    ),
  );
  let x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const packed = g.op("MatMul", [x, g.weight([width, (heads + 2 * groups) * size])]);
    const caches = ["key", "value"].map((part) =>
      g.input(past(layer, part), ["batch", groups, "past", "kv_cache_dim"]),
    );
    const [y] = g.ops(
      "GroupQueryAttention@com.microsoft",
      [packed, "", "", ...caches, lengths, total, ...tables],
      [`attended_${layer}`, present(layer, "key"), present(layer, "value")],
      { num_heads: heads, kv_num_heads: groups, do_rotary: 1 },
    ) as [string];
    for (const part of ["key", "value"])
      g.graph.output?.push(valueInfo(present(layer, part), ["batch", groups, "total_steps", "kv_cache_dim"]));
    x = g.op("Add", [x, linear(g, y, heads * size, width)]);
  }
  logitsOf(g, x, sizes);
}

/** By the contrib Attention, which holds keys and values of all steps in one tensor. */
export function packedDecoder(g: Builder, sizes: DecoderSizes = { ...small, groups: 4 }): void {
  const { layers, heads, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  const cache = (steps: string): (number | string)[] => [2, "batch", heads, steps, size];
  let x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const [y] = g.ops(
      "Attention@com.microsoft",
      [
        x,
        g.weight([width, 3 * heads * size]),
        g.weight([3 * heads * size]),
        "",
        g.input(`past_${layer}`, cache("past")),
      ],
      [`attended_${layer}`, `present_${layer}`],
      { num_heads: heads, unidirectional: 1 },
    ) as [string];
    g.graph.output?.push(valueInfo(`present_${layer}`, cache("past + steps")));
    x = g.op("Add", [x, linear(g, y, heads * size, width)]);
  }
  logitsOf(g, x, sizes);
}

/** One step at a time by DecoderMaskedMultiHeadAttention, into a buffer of six steps, or of as many as are said. */
export function maskedDecoder(
  g: Builder,
  sizes: DecoderSizes = { ...small, groups: 4 },
  room: number | string = 6,
): void {
  const { heads, size, width, vocabulary } = sizes;
  const buffer = ["batch", heads, room, size];
  const ids = g.input("input_ids", ["batch", 1], 7);
  const x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  const project = (): string => g.op("MatMul", [x, g.weight([width, heads * size])]);
  const caches = ["key", "value"].map((part) => g.input(past(0, part), buffer));
  const bias = g.weight([3 * heads * size]);
  const [y] = g.ops(
    "DecoderMaskedMultiHeadAttention@com.microsoft",
    [
      project(),
      project(),
      project(),
      "",
      "",
      ...caches,
      g.input("past_sequence_length", [1], 6),
      "",
      "",
      bias,
    ],
    ["attended", present(0, "key"), present(0, "value")],
    { num_heads: heads, past_present_share_buffer: 1 },
  ) as [string];
  for (const part of ["key", "value"]) g.graph.output?.push(valueInfo(present(0, part), buffer));
  const z = g.op("Add", [x, linear(g, y, heads * size, width)]);
  g.op("MatMul", [z, g.weight([width, vocabulary])], {}, "logits");
  g.graph.output?.unshift(valueInfo("logits", ["batch", 1, vocabulary]));
}

/** By MultiHeadAttention, whose past and present are of all heads. */
export function multiHeadDecoder(g: Builder, sizes: DecoderSizes = { ...small, groups: 4 }): void {
  const { layers, heads, size, width, vocabulary } = sizes;
  const ids = g.input("input_ids", ["batch", "steps"], 7);
  let x = g.op("Gather", [g.weight([vocabulary, width], 1), ids]);
  for (let layer = 0; layer < layers; layer++) {
    const project = (): string => g.op("MatMul", [x, g.weight([width, heads * size])]);
    const caches = ["key", "value"].map((part) => g.input(past(layer, part), cacheShape(sizes, "past")));
    const [y] = g.ops(
      "MultiHeadAttention@com.microsoft",
      [project(), project(), project(), "", "", "", ...caches],
      [`attended_${layer}`, present(layer, "key"), present(layer, "value")],
      { num_heads: heads },
    ) as [string];
    for (const part of ["key", "value"])
      g.graph.output?.push(valueInfo(present(layer, part), cacheShape(sizes, "past + steps")));
    x = g.op("Add", [x, linear(g, y, heads * size, width)]);
  }
  logitsOf(g, x, sizes);
}
