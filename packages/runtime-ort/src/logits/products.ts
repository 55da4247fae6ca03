import {
  type Linear,
  linears,
  type Model,
  type Node,
  order,
  segmentModel,
  type Wiring,
  wiringOf,
} from "@prune/onnx";
import { run } from "../run.js";
import { createSession, type SessionOptions } from "../session.js";
import type { ValuesByName } from "../values.js";
import { fedInputs } from "../walk/fed.js";
import { channelsOf, type Moved } from "./channels.js";
import { type Origin, originOf } from "./origin.js";

/** A product of queries and keys that lost dims. */
export interface Product {
  /** [..., positions, dims] */
  readonly queries: Moved;
  /** [..., dims, positions] */
  readonly keys: Moved;
  /** A Softmax over the keys follows, to which what is added to all keys alike is nothing. */
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
  feeds: ValuesByName,
  options: SessionOptions,
): Promise<Product[]> {
  const wiring = wiringOf(pruned);
  const candidates = candidatesOf(pruned, wiring);
  if (candidates.length === 0) return [];
  const operands = candidates.flatMap(({ tensors }) => tensors);
  const layers = candidates.flatMap(({ origins }) => origins.map(({ linear }) => linear.output));
  const before = await dimsOf(dense, operands, feeds, options);
  const after = await dimsOf(pruned, [...operands, ...layers], feeds, options);
  const products: Product[] = [];
  for (const { node, tensors, origins } of candidates) {
    const [q, k] = tensors;
    const [rank, dims] = [after.get(q)?.length ?? 0, after.get(q)?.at(-1) ?? 0];
    if (rank < 3 || after.get(k)?.length !== rank || dims >= (before.get(q)?.at(-1) ?? 0)) continue;
    const moved = (i: 0 | 1): Promise<Moved | undefined> =>
      channelsOf(
        pruned,
        origins[i],
        tensors[i],
        { feeds, dims: after.get(origins[i].linear.output) ?? [] },
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

async function dimsOf(
  model: Model,
  tensors: readonly string[],
  feeds: ValuesByName,
  options: SessionOptions,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const outputs = [...new Set(tensors)];
  const session = await createSession(segmentModel(model, { inputs: fedInputs(model), outputs }), options);
  try {
    const found = await run(session, feeds);
    return new Map(outputs.map((name) => [name, found[name]?.dims ?? []]));
  } finally {
    await session.release();
  }
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
