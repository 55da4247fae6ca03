import { openWalk } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "../layers-model/run-calls.js";
import { neededNodes } from "./needed.js";
import type { Net, NetNode } from "./twin-net.js";

/** Runs a net stretch by stretch over batches. */
export interface NetWalk {
  /** A way to some tensors, to be walked once with every batch in order. */
  to(tensors: readonly string[]): Leg;
  dispose(): void;
}

export interface Leg {
  /** Tensors of their own, which the caller disposes of. */
  run(batch: number): Promise<tf.Tensor[]>;
  /** All batches have run. */
  close(): void;
}

/** @param wanted all that will be asked for, as often as it will be. */
export function walkNet(
  net: Net,
  batches: readonly (readonly tf.Tensor[])[],
  { wanted, held }: { readonly wanted: readonly string[]; readonly held: number },
): NetWalk {
  const walk = openWalk<NetNode, Activation>({
    nodes: neededNodes(net.nodes, { has: () => false }, wanted),
    fed: batches.map(
      (tensors) => new Map(net.inputs.map((name, i) => [name, { tensor: tensors[i] as tf.Tensor }])),
    ),
    wanted,
    held,
    bytesOf: ({ tensor }) => 4 * tensor.size,
    way: (at, tensors) => neededNodes(net.nodes, at, tensors),
    // A net goes on from all that such a node makes, or from none of it.
    again: ({ outputs }) => outputs.length > 1,
    release,
  });
  return {
    to(tensors) {
      const stretch = walk.to(tensors);
      return {
        async run(batch) {
          const from = walk.at(batch);
          const carried = new Set(stretch.carried());
          const missing = [...new Set([...tensors, ...carried])].filter((name) => !from.has(name));
          const found = await net.run(from, missing);
          const made = new Map(missing.map((name, i) => [name, found[i] as Activation]));
          const answer = tensors.map((name) =>
            tf.clone(((made.get(name) ?? from.get(name)) as Activation).tensor),
          );
          stretch.take(batch, made);
          for (const [name, value] of made) if (!carried.has(name)) release(value);
          return answer;
        },
        close: () => stretch.close(),
      };
    },
    dispose: () => walk.dispose(),
  };
}

const release = ({ tensor, steps }: Activation): void => tf.dispose(steps ? [tensor, steps] : [tensor]);
