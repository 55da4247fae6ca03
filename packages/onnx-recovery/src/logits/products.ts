import type { Model } from "@prune/onnx";
import { type Linear, linears, type Node, order, type Wiring, wiringOf } from "@prune/onnx/advanced";
import { startStopwatch } from "@prune/recovery/advanced";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import type { Both } from "../walk/both-nets.js";
import { dimsOf } from "../walk/dims.js";
import { runnerOf } from "../walk/runner.js";
import { channelsOf, type Moved } from "./channels.js";
import { type Origin, originOf } from "./origin.js";

/** A product of queries and keys that lost dims. */
export interface Product {
  /** [..., positions, dims] */
  readonly queries: Moved;
  /** [..., dims, positions] */
  readonly keys: Moved;
  /** A Softmax over the keys follows, which ignores what is added equally to all keys. */
  readonly softmax: boolean;
}

interface Candidate {
  readonly node: Node;
  readonly tensors: readonly [string, string];
  readonly origins: readonly [Origin, Origin];
}

/** The products of two layers' outputs in a pruned model that sum over fewer dims than in the original. */
export async function findProducts(
  dense: Model,
  pruned: Model,
  { dense: given, pruned: feeds }: Both<ValuesByName>,
  options: SessionOptions,
): Promise<Product[]> {
  const wiring = wiringOf(pruned);
  const candidates = candidatesOf(pruned, wiring);
  if (candidates.length === 0) return [];
  const operands = candidates.flatMap(({ tensors }) => tensors);
  const layers = candidates.flatMap(({ origins }) => origins.map(({ linear }) => linear.output));
  const runner = runnerOf(options, startStopwatch());
  const before = await dimsOf(dense, operands, [given], runner);
  const after = await dimsOf(pruned, [...operands, ...layers], [feeds], runner);
  const products: Product[] = [];
  for (const { node, tensors, origins } of candidates) {
    const [q, k] = tensors;
    const [whole, left] = [before.of(q, 0).at(-1) ?? 0, after.of(q, 0).at(-1) ?? 0];
    const rank = after.of(q, 0).length;
    if (rank < 3 || after.of(k, 0).length !== rank || left >= whole) continue;
    const moved = (i: 0 | 1): Promise<Moved | undefined> =>
      channelsOf(
        pruned,
        origins[i],
        tensors[i],
        { feeds, dims: after.of(origins[i].linear.output, 0) },
        options,
      );
    const [queries, keys] = [await moved(0), await moved(1)];
    if (queries && keys) products.push({ queries, keys, softmax: meetsSoftmax(wiring, node, rank) });
  }
  return products;
}

function candidatesOf(pruned: Model, wiring: Wiring): Candidate[] {
  const layers = new Map(linears(pruned).map((linear): [string, Linear] => [linear.output, linear]));
  return order(pruned.graph).flatMap((index): Candidate[] => {
    const node = pruned.graph.nodes[index] as Node;
    const [q, k] = node.inputs as [string, string];
    if (node.op !== "MatMul" || wiring.stored(q) || wiring.stored(k)) return [];
    const [from, to] = [originOf(wiring, layers, q), originOf(wiring, layers, k)];
    const fits = [from, to].every((origin) => origin && origin.linear.groups === 1 && !origin.linear.window);
    return from && to && fits ? [{ node, tensors: [q, k], origins: [from, to] }] : [];
  });
}

const passing = new Set(["Mul", "Div", "Add", "Cast", "Identity", "Where"]);

function meetsSoftmax(wiring: Wiring, from: Node, rank: number): boolean {
  let node = from;
  for (let hops = 0; hops < 6; hops++) {
    const [reader, ...others] = wiring.readers(node.outputs[0] as string);
    if (!reader || others.length > 0) return false;
    if (reader.op === "Softmax") {
      const axis = reader.attributes.get("axis");
      return axis?.kind === "int" && (axis.value === -1 || axis.value === rank - 1);
    }
    if (!passing.has(reader.op)) return false;
    node = reader;
  }
  return false;
}
