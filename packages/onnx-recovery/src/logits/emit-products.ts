import type { LogitProducts, Picked } from "@prune/recovery/advanced";
import type { Outputs } from "@prune/runtime-ort";
import { emitPicked } from "../recovery/alike.js";
import type { Names } from "../recovery/twins.js";
import type { GraphBuilder } from "../walk/graph-builder.js";
import type { Product } from "./products.js";

const float64 = 11;

export interface ProductsOptions {
  /** Queries have a column of ones at the end. */
  readonly bias: boolean;
  /** What is left of leading dims, where heads left. */
  readonly picked: readonly Picked[];
}

/** Appends the products of queries and keys of both nets, matrix by matrix; keys about their mean where only differences between keys count. */
export function emitProducts(
  graph: GraphBuilder,
  { queries, keys, softmax }: Product,
  { dense, pruned }: Names,
  { bias, picked }: ProductsOptions,
): void {
  const { emit } = graph;
  const rank = queries.dims.length;
  const last = rank - 1;
  const perm = queries.dims.map((_, d) => (d < rank - 2 ? d : 2 * rank - 3 - d));
  const turned = (tensor: string): string => emit("Transpose", [tensor], { perm });
  const product = (a: string, b: string): string => emit("MatMul", [a, b]);
  const read = (name: string): string => emit("Cast", [graph.read(name)], { to: float64 });
  const ofDense = (name: string): string => emitPicked(graph, read(dense(name)), picked);
  const centred = (k: string): string => (softmax ? emit("Sub", [k, graph.mean(k, [last], "kept")]) : k);
  const withOnes = (q: string): string => {
    const column = emit("Gather", [q, graph.integers([0])], { axis: last });
    const zeros = emit("Sub", [column, column]);
    const ones = emit("Exp", [zeros]);
    return emit("Concat", [q, ones], { axis: last });
  };
  const q = read(pruned(queries.tensor));
  const [x, big] = [bias ? withOnes(q) : q, ofDense(queries.tensor)];
  const [y, bigY] = [centred(read(pruned(keys.tensor))), centred(ofDense(keys.tensor))];
  graph.output("qq", product(turned(x), x));
  graph.output("kk", product(y, turned(y)));
  graph.output("target", product(product(turned(x), big), product(bigY, turned(y))));
  // The sum of the squares of all logits is the sum of the products of what each operand's dims have in common.
  const all = emit("Mul", [product(turned(big), big), product(bigY, turned(bigY))]);
  graph.output("power", graph.sum(all, [rank - 2, last]));
}

/** What such nodes gave, matrix by matrix. */
export function* productsIn(
  outputs: Outputs,
  { queries, keys }: Product,
  bias: boolean,
): Generator<LogitProducts> {
  const [n, m] = [(queries.dims.at(-1) as number) + (bias ? 1 : 0), keys.dims.at(-2) as number];
  const of = (name: string): Float64Array => outputs[name]?.data as Float64Array;
  for (let i = 0; i < of("power").length; i++) {
    const part = (name: string, size: number): Float64Array => of(name).slice(i * size, (i + 1) * size);
    yield {
      qq: part("qq", n * n),
      kk: part("kk", m * m),
      target: part("target", n * m),
      power: of("power")[i] as number,
    };
  }
}
