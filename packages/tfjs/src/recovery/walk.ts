import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "../layers-model/run-calls.js";
import { neededNodes } from "./needed.js";
import type { Net } from "./twin-net.js";

/**
 * Runs a net piece by piece over batches. What all batches need to go on from is held as long as it fits a number of
 * bytes; where it does not, later pieces begin further back and run again what was let go.
 */
export interface Walk {
  /** A way to some tensors, to be walked once with every batch in order. */
  to(tensors: readonly string[]): Leg;
  /** A tensor that is not asked for any more. */
  forget(tensor: string): void;
  dispose(): void;
}

export interface Leg {
  /** Tensors of their own, which the caller disposes of. */
  run(batch: number): Promise<tf.Tensor[]>;
}

type Held = ReadonlyMap<string, Activation>;

/** @param wanted all that will be asked for; what is named twice is to be forgotten twice. */
export function walkNet(
  net: Net,
  batches: readonly (readonly tf.Tensor[])[],
  { wanted, held: most }: { readonly wanted: readonly string[]; readonly held: number },
): Walk {
  const given = new Set<tf.Tensor>(batches.flat());
  const makers = new Map(net.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const waiting = new Map<string, number>();
  for (const name of wanted) waiting.set(name, (waiting.get(name) ?? 0) + 1);
  const done = new Set<object>();
  const held: Held[] = batches.map(
    (tensors) => new Map(net.inputs.map((name, i) => [name, { tensor: tensors[i] as tf.Tensor }])),
  );

  const release = (from: Held, kept?: Held): void => {
    for (const [name, value] of from) {
      if (kept?.get(name)?.tensor === value.tensor || given.has(value.tensor)) continue;
      tf.dispose([value.tensor, ...(value.steps ? [value.steps] : [])]);
    }
  };

  /** What is made so far and read later; of nodes with several outputs what they read. */
  const frontier = (): Set<string> => {
    const later = neededNodes(net.nodes, { has: () => false }, waiting.keys()).filter(
      (node) => !done.has(node),
    );
    const open = new Set([...waiting.keys(), ...later.flatMap(({ inputs }) => inputs)]);
    const found = new Set<string>();
    for (const name of open) {
      const maker = makers.get(name);
      if (maker && !done.has(maker)) continue;
      if (maker && maker.outputs.length > 1) for (const read of maker.inputs) open.add(read);
      else found.add(name);
    }
    return found;
  };

  return {
    to(tensors) {
      const start = held[0] as Held;
      for (const node of neededNodes(net.nodes, start, tensors)) done.add(node);
      const next = frontier();
      let holds: boolean | undefined;
      return {
        async run(batch) {
          const from = held[batch] as Held;
          const names = new Set(tensors);
          if (holds !== false) for (const name of next) names.add(name);
          const missing = [...names].filter((name) => !from.has(name));
          const found = await net.run(from, missing);
          const all = new Map([
            ...from,
            ...missing.map((name, i) => [name, found[i] as Activation] as const),
          ]);
          const answer = tensors.map((name) => tf.clone((all.get(name) as Activation).tensor));
          holds ??= bytesOf(all, next, given) * batches.length <= most;
          const kept = new Map(
            holds ? [...next].map((name) => [name, all.get(name) as Activation] as const) : from,
          );
          release(all, kept);
          held[batch] = kept;
          return answer;
        },
      };
    },
    forget(tensor) {
      const left = (waiting.get(tensor) ?? 1) - 1;
      if (left > 0) waiting.set(tensor, left);
      else waiting.delete(tensor);
    },
    dispose() {
      for (const one of held.splice(0)) release(one);
    },
  };
}

function bytesOf(all: Held, names: Iterable<string>, given: ReadonlySet<tf.Tensor>): number {
  let bytes = 0;
  for (const name of names) {
    const tensor = all.get(name)?.tensor;
    if (tensor && !given.has(tensor)) bytes += 4 * tensor.size;
  }
  return bytes;
}
