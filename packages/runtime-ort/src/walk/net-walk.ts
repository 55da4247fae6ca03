import {
  implicitInputs,
  type Model,
  type Node,
  type NormRefit,
  neededNodes,
  type Refit,
  refitEdit,
  segmentModel,
  wiringOf,
} from "@prune/onnx";
import type { Tensor } from "onnxruntime-node";

import { elementTypeOf, type ValuesByName } from "../values.js";
import { constantTensors } from "./constant-tensors.js";
import type { Runner } from "./runner.js";

/**
 * Runs a network piece by piece over batches of samples. What all batches need to go on from is held as long as it
 * fits a number of bytes; where it doesn't, the next piece begins further back and runs again what was let go.
 */
export interface NetWalk {
  /** A way to some tensors, to be walked once with every batch. */
  to(tensors: readonly string[]): Promise<Leg>;
  /** Takes new weights of layers that nothing has run behind. */
  refit(refit: Refit | NormRefit): void;
  /** A tensor that will not be asked for any more. */
  forget(tensor: string): void;
}

export interface Leg {
  run(batch: number): Promise<ReadonlyMap<string, Tensor>>;
  close(): Promise<void>;
}

export interface WalkOptions {
  /** Bytes of activations that may be held. */
  readonly held: number;
  /** Tensors that will be asked for, as often as they will be forgotten. */
  readonly wanted: Iterable<string>;
  readonly runner: Runner;
}

export function walkNet(
  model: Model,
  samples: readonly ValuesByName[],
  { held, wanted, runner }: WalkOptions,
): NetWalk {
  const { nodes } = model.graph;
  const constant = constantTensors(model, wiringOf(model));
  const pending = new Map<string, number>();
  for (const name of wanted) pending.set(name, (pending.get(name) ?? 0) + 1);
  const refits: (Refit | NormRefit)[] = [];
  /** Nodes that have run for good. */
  const done = new Set<number>();
  const fed = new Set(Object.keys(samples[0] ?? {}));
  const values: Map<string, Tensor>[] = samples.map(() => new Map());

  /** Names that nodes still to run read, or that will be asked for. */
  const openAfter = (running: ReadonlySet<number>): ReadonlySet<string> => {
    const open = new Set(pending.keys());
    for (const node of nodes)
      if (!running.has(node.index) && !done.has(node.index)) for (const name of readBy(node)) open.add(name);
    return open;
  };

  const start = async (): Promise<void> => {
    for (const [b, feeds] of samples.entries())
      for (const [name, tensor] of Object.entries(await runner.tensors(feeds)))
        (values[b] as Map<string, Tensor>).set(name, tensor);
  };

  return {
    async to(tensors) {
      if (values[0]?.size === 0) await start();
      const atHand = new Set(values[0]?.keys());
      const missing = tensors.filter((name) => !atHand.has(name));
      if (missing.length === 0)
        return { run: async (b) => values[b] as Map<string, Tensor>, close: async () => {} };
      const needed = neededNodes(model, atHand, missing);
      const running = [...needed].map((i) => nodes[i] as Node);
      const open = openAfter(needed);
      const made = running.flatMap(({ outputs }) => outputs.filter((name) => name !== ""));
      const frontier = made.filter((name) => open.has(name) && !constant.has(name));
      const read = new Set(running.flatMap(readBy));
      const inputs = [...atHand].filter((name) => read.has(name));
      const first = values[0] as Map<string, Tensor>;
      const bytes = segmentModel(model, {
        inputs: inputs.map((name) => ({ name, elementType: numberOf(first.get(name) as Tensor) })),
        outputs: [...new Set([...missing, ...frontier])],
        edit: refitEdit(
          model,
          refits.filter((refit) => needed.has(("norm" in refit ? refit.norm : refit.linear).node.index)),
        ),
      });
      const session = await runner.open(bytes);
      let goesOn: boolean | undefined;
      return {
        async run(b) {
          const batch = values[b] as Map<string, Tensor>;
          const feeds = Object.fromEntries(inputs.map((name) => [name, batch.get(name) as Tensor]));
          const found = new Map(Object.entries(await runner.run(session, feeds)));
          const after = new Map(found);
          for (const [name, tensor] of batch) after.set(name, tensor);
          const kept = [...after].filter(([name]) => open.has(name));
          goesOn ??= samples.length * sizeOf(kept.filter(([name]) => !fed.has(name))) <= held;
          if (goesOn) values[b] = new Map(kept);
          return after;
        },
        async close() {
          await session.release();
          if (!goesOn) return;
          for (const { index, outputs } of running)
            if (!outputs.every((name) => constant.has(name))) done.add(index);
        },
      };
    },
    refit: (refit) => void refits.push(refit),
    forget(tensor) {
      const left = (pending.get(tensor) ?? 1) - 1;
      if (left > 0) pending.set(tensor, left);
      else pending.delete(tensor);
    },
  };
}

const readBy = (node: Node): string[] => [...node.inputs, ...implicitInputs(node)];

const sizeOf = (tensors: readonly (readonly [string, Tensor])[]): number =>
  tensors.reduce((sum, [, { data }]) => sum + ((data as Float32Array).byteLength ?? 0), 0);

const numberOf = ({ type }: Tensor): number =>
  Array.from({ length: 17 }, (_, n) => n).find((n) => elementTypeOf(n) === type) ?? 1;
