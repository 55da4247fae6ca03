import {
  implicitInputs,
  type Model,
  type Node,
  type NormRefit,
  neededNodes,
  type Refit,
  refitEdit,
  renamedModel,
  segmentModel,
  wiringOf,
} from "@prune/onnx";
import type { ValuesByName } from "@prune/runtime-ort";
import { elementTypeOf } from "@prune/runtime-ort/advanced";
import { constantTensors } from "./constant-tensors.js";
import type { Runner, Tensor } from "./runner.js";
import type { Piece } from "./study.js";

/**
 * A network that is run piece by piece over batches of samples. What all batches need to go on from is held as long as
 * it fits a number of bytes; where it doesn't, the next piece begins further back and runs again what was let go.
 */
export interface NetWalk {
  /** A way to some tensors, each asked for as often as was announced. */
  to(tensors: readonly string[]): Promise<Piece>;
  /** A way to any tensors from what is held, with other weights; nothing goes on from there. */
  peek(tensors: readonly string[], refits: readonly Refit[]): Promise<Piece>;
  /** How the pieces name a tensor. */
  nameOf(tensor: string): string;
  /** Takes new weights of layers that nothing has run behind. */
  refit(refit: Refit | NormRefit): void;
}

export interface WalkOptions {
  /** Bytes of activations that may be held. @default 1 GiB */
  readonly held?: number;
  /** Tensors that will be asked for, as often as they will be. */
  readonly wanted: Iterable<string>;
  /** Stands before all names, so that pieces of several networks can be joined. @default none */
  readonly prefix?: string;
  readonly runner: Runner;
}

/** Of all walks of a recovery together, by default. */
export const mostHeld: number = 2 ** 30;

export function walkNet(
  model: Model,
  samples: readonly ValuesByName[],
  { held = mostHeld, wanted, prefix = "", runner }: WalkOptions,
): NetWalk {
  const { nodes } = model.graph;
  const constant = constantTensors(model, wiringOf(model));
  const pending = new Map<string, number>();
  for (const name of wanted) pending.set(name, (pending.get(name) ?? 0) + 1);
  const refits: (Refit | NormRefit)[] = [];
  /** Nodes that have run for good. */
  const done = new Set<number>();
  const fed = new Set(Object.keys(samples[0] ?? {}));
  const values: ReadonlyMap<string, Tensor>[] = [];
  const nameOf = (tensor: string): string => prefix + tensor;

  /** Names that nodes still to run read, or that will be asked for. */
  const openAfter = (running: ReadonlySet<number>): ReadonlySet<string> => {
    const open = new Set(pending.keys());
    for (const node of nodes)
      if (!running.has(node.index) && !done.has(node.index)) for (const name of readBy(node)) open.add(name);
    return open;
  };

  const asked = (tensors: readonly string[]): void => {
    for (const name of tensors) {
      const left = (pending.get(name) ?? 0) - 1;
      if (left < 0) throw new RangeError(`tensor "${name}" was not announced`);
      if (left > 0) pending.set(name, left);
      else pending.delete(name);
    }
  };

  const start = async (): Promise<void> => {
    if (values.length === 0)
      for (const feeds of samples) values.push(new Map(Object.entries(await runner.tensors(feeds))));
  };

  /** Nodes that make tensors of what is held. */
  const wayTo = (tensors: readonly string[]): ReadonlySet<number> =>
    neededNodes(model, new Set(values[0]?.keys()), tensors);

  const pieceOf = (
    tensors: readonly string[],
    running: ReadonlySet<number>,
    { outputs, weights }: { readonly outputs: readonly string[]; readonly weights: typeof refits },
  ): Pick<Piece, "bytes" | "opset" | "outputs" | "feeds"> => {
    const first = values[0] as ReadonlyMap<string, Tensor>;
    const read = new Set([...tensors, ...[...running].flatMap((i) => readBy(nodes[i] as Node))]);
    const inputs = [...first.keys()].filter((name) => read.has(name));
    const changed = weights.filter((w) => running.has(("norm" in w ? w.norm : w.linear).node.index));
    const bytes = segmentModel(model, {
      inputs: inputs.map((name) => ({ name, elementType: numberOf(first.get(name) as Tensor) })),
      outputs: [...new Set([...tensors.filter((name) => !first.has(name)), ...outputs])],
      edit: refitEdit(model, changed),
    });
    return {
      bytes: prefix === "" ? bytes : renamedModel(bytes, nameOf),
      opset: model.opsets.get("") ?? 13,
      outputs: outputs.map(nameOf),
      feeds: (b) => Object.fromEntries(inputs.map((name) => [nameOf(name), values[b]?.get(name) as Tensor])),
    };
  };

  return {
    nameOf,
    refit: (refit) => void refits.push(refit),
    async peek(tensors, others) {
      await start();
      const piece = pieceOf(tensors, wayTo(tensors), { outputs: [], weights: [...refits, ...others] });
      return { ...piece, take() {}, close() {} };
    },
    async to(tensors) {
      asked(tensors);
      await start();
      const running = wayTo(tensors);
      const open = openAfter(running);
      const made = [...running].flatMap((i) => nodes[i]?.outputs ?? []).filter((name) => name !== "");
      // Nothing needs to go on from here where no tensor will be asked for any more.
      let goesOn = pending.size === 0 ? false : undefined;
      const outputs = goesOn === false ? [] : made.filter((name) => open.has(name) && !constant.has(name));
      return {
        ...pieceOf(tensors, running, { outputs, weights: refits }),
        take(b, found) {
          if (goesOn === false) return;
          const batch = values[b] as ReadonlyMap<string, Tensor>;
          const after = new Map(outputs.map((name) => [name, found[nameOf(name)] as Tensor]));
          for (const [name, tensor] of batch) if (open.has(name)) after.set(name, tensor);
          const bytes = sizeOf([...after].filter(([name]) => !fed.has(name)));
          goesOn ??= samples.length * bytes <= held;
          if (goesOn) values[b] = after;
        },
        close() {
          if (!goesOn) return;
          for (const index of running)
            if (!nodes[index]?.outputs.every((name) => constant.has(name))) done.add(index);
        },
      };
    },
  };
}

const readBy = (node: Node): string[] => [...node.inputs, ...implicitInputs(node)];

const sizeOf = (tensors: readonly (readonly [string, Tensor])[]): number =>
  tensors.reduce((sum, [, { data }]) => sum + ((data as Float32Array).byteLength ?? 0), 0);

const numberOf = ({ type }: Tensor): number =>
  Array.from({ length: 17 }, (_, n) => n).find((n) => elementTypeOf(n) === type) ?? 1;
