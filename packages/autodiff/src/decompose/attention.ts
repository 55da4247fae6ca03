import { type GradientKit, Unemitted } from "../graph/kit.js";
import { swapped } from "../rules/matrix.js";
import type { Decomposition, Fused } from "./decomposition.js";

/** Attention as two products with a softmax between them. */
export const attention: Readonly<Record<string, Decomposition>> = {
  Attention(n, k) {
    if (n.has(4) || n.has(5) || n.has(6)) throw new Unemitted("it has a cache");
    if (n.outputs.slice(1).some((name) => name !== "")) throw new Unemitted("it gives more than its result");
    if (n.float("softcap", 0) > 0) throw new Unemitted("its scores are capped");
    const isFlat = n.rank(n.a) === 3;
    const heads = (tensor: string, count: number | undefined): string =>
      isFlat ? inHeads(k, tensor, count as number) : tensor;
    const own = n.int("q_num_heads");
    const shared = n.int("kv_num_heads");
    const q = heads(n.a, own);
    const [queries, keys] = isFlat ? [own, shared] : [k.shape(n.a)?.[1], k.shape(n.b)?.[1]];
    if (queries !== keys) throw new Unemitted("several of its heads share keys");
    const width = isFlat ? Number(k.shape(n.a)?.[2]) / (own as number) : Number(k.shape(n.a)?.[3]);
    const made = attended(k, q, heads(n.b, shared), heads(n.c, shared), {
      scale: n.float("scale", 1 / Math.sqrt(width)),
      mask: n.has(3) ? (n.inputs[3] as string) : undefined,
      causal: n.int("is_causal", 0) === 1 ? lengthsOf(n, k, isFlat) : undefined,
    });
    return [isFlat ? merged(k, made, Number(k.shape(n.c)?.[2])) : made];
  },
  "com.microsoft:MultiHeadAttention"(n, k) {
    if (n.inputs.slice(4).some((name, i) => name !== "" && i + 4 !== 5))
      throw new Unemitted("it has a mask or a cache");
    if (n.rank(n.a) !== 3 || !n.has(1) || n.rank(n.b) !== 3 || !n.has(2))
      throw new Unemitted("its inputs are packed");
    const heads = n.int("num_heads", 1);
    const [query, key, value] = [n.a, n.b, n.c].map((tensor) => Number(k.shape(tensor)?.[2])) as [
      number,
      number,
      number,
    ];
    const biases = n.has(3) ? k.split(n.inputs[3] as string, [query, key, value], 3, 0) : [];
    const parts = [n.a, n.b, n.c].map((tensor, i) =>
      splitHeads(
        k,
        biases[i] === undefined ? tensor : k.add(tensor, biases[i] as string),
        heads,
        [query, key, value][i] as number,
      ),
    ) as [string, string, string];
    const made = attended(k, ...parts, {
      scale: n.float("scale", 0) || 1 / Math.sqrt(query / heads),
      mask: n.has(5) ? (n.inputs[5] as string) : undefined,
      causal: n.int("unidirectional", 0) === 1 ? lengthsOf(n, k, true) : undefined,
    });
    return [merged(k, made, value)];
  },
  "com.microsoft:Attention"(n, k) {
    if (n.inputs.slice(3).some((name) => name !== "")) throw new Unemitted("it has a mask or a cache");
    const heads = n.int("num_heads", 1);
    const product = k.matMul(n.a, n.b);
    const all = n.has(2) ? k.add(product, n.c) : product;
    const total = Number(k.shape(n.b)?.[1]);
    const sizes = n.ints("qkv_hidden_sizes") ?? [total / 3, total / 3, total / 3];
    const parts = k
      .split(all, sizes, 3, 2)
      .map((part, i) => splitHeads(k, part, heads, sizes[i] as number)) as [string, string, string];
    const made = attended(k, ...parts, {
      scale: n.float("scale", 0) || 1 / Math.sqrt((sizes[0] as number) / heads),
      mask: undefined,
      causal: n.int("unidirectional", 0) === 1 ? lengthsOf(n, k, true) : undefined,
    });
    return [merged(k, made, sizes[2] as number)];
  },
};

interface Scores {
  readonly scale: number;
  /** Added, or where it is false, left out. */
  readonly mask: string | undefined;
  /** Lengths of queries and keys. */
  readonly causal: readonly [number, number] | undefined;
}

function attended(
  k: GradientKit,
  q: string,
  key: string,
  value: string,
  { scale, mask, causal }: Scores,
): string {
  let scores = k.mul(k.matMul(q, swapped(k, key, 4)), scale);
  if (causal) {
    const [rows, columns] = causal;
    const later = Array.from({ length: rows * columns }, (_, i) =>
      i % columns > Math.floor(i / columns) ? -1e9 : 0,
    );
    scores = k.add(scores, k.floats(later, [rows, columns], k.type(q)));
  }
  if (mask !== undefined)
    scores = k.type(mask) === "bool" ? k.where(mask, scores, -1e9) : k.add(scores, mask);
  return k.matMul(k.emit("Softmax", [scores], { axis: k.opset >= 13 ? -1 : 3 }), value);
}

/** N x length x (heads x width) as N x heads x length x width. */
const inHeads = (k: GradientKit, tensor: string, heads: number): string =>
  splitHeads(k, tensor, heads, Number(k.shape(tensor)?.[2]));

const splitHeads = (k: GradientKit, tensor: string, heads: number, width: number): string =>
  k.transpose(k.reshape(tensor, [0, 0, heads, width / heads]), [0, 2, 1, 3]);

const merged = (k: GradientKit, tensor: string, width: number): string =>
  k.reshape(k.transpose(tensor, [0, 2, 1, 3]), [0, 0, width]);

function lengthsOf(n: Fused, k: GradientKit, isFlat: boolean): readonly [number, number] {
  const dim = isFlat ? 1 : 2;
  const [rows, columns] = [
    k.shape(n.a)?.[dim],
    k.shape(n.has(1) && n.node.op !== "Attention" ? n.b : n.a)?.[dim],
  ];
  if (typeof rows !== "number" || typeof columns !== "number")
    throw new Unemitted("its length is known only at run time");
  return [rows, columns];
}
