import type { Model } from "@prune/onnx";
import {
  constantTensors,
  implicitInputs,
  type Node,
  type NormRefit,
  neededNodes,
  type Refit,
  refitEdit,
  renamedModel,
  segmentModel,
  wiringOf,
} from "@prune/onnx/advanced";
import { openWalk, type Walk } from "@prune/recovery/advanced";
import type { ValuesByName } from "@prune/runtime-ort";
import { elementTypeOf } from "@prune/runtime-ort/advanced";
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
  const constant = constantTensors(model, wiringOf(model));
  const nodes = model.graph.nodes.map(
    (node): Running => ({ inputs: readBy(node), outputs: node.outputs, node }),
  );
  const refits: (Refit | NormRefit)[] = [];
  const nameOf = (tensor: string): string => prefix + tensor;
  let opened: Walk<Running, Tensor> | undefined;
  const open = async (): Promise<Walk<Running, Tensor>> => {
    if (opened) return opened;
    const fed: ReadonlyMap<string, Tensor>[] = [];
    for (const feeds of samples) fed.push(new Map(Object.entries(await runner.tensors(feeds))));
    opened = openWalk<Running, Tensor>({
      nodes,
      fed,
      wanted,
      held,
      bytesOf: ({ data }) => (data as Float32Array).byteLength ?? 0,
      way: (at, tensors) => Array.from(neededNodes(model, at, tensors), (index) => nodes[index] as Running),
      again: ({ outputs }) => outputs.every((name) => name === "" || constant.has(name)),
    });
    return opened;
  };

  const pieceOf = (
    walk: Walk<Running, Tensor>,
    tensors: readonly string[],
    running: ReadonlySet<Running>,
    { outputs, weights }: { readonly outputs: readonly string[]; readonly weights: typeof refits },
  ): Pick<Piece, "bytes" | "opset" | "outputs" | "feeds"> => {
    const first = walk.at(0);
    const read = new Set([...tensors, ...[...running].flatMap((node) => node.inputs)]);
    const inputs = [...first.keys()].filter((name) => read.has(name));
    const ran = new Set(Array.from(running, ({ node }) => node.index));
    const changed = weights.filter((w) => ran.has(("norm" in w ? w.norm : w.linear).node.index));
    const bytes = segmentModel(model, {
      inputs: inputs.map((name) => ({ name, elementType: numberOf(first.get(name) as Tensor) })),
      outputs: [...new Set([...tensors.filter((name) => !first.has(name)), ...outputs])],
      edit: refitEdit(model, changed),
    });
    return {
      bytes: prefix === "" ? bytes : renamedModel(bytes, nameOf),
      opset: model.opsets.get("") ?? 13,
      outputs: outputs.map(nameOf),
      feeds: (b) => Object.fromEntries(inputs.map((name) => [nameOf(name), walk.at(b).get(name) as Tensor])),
    };
  };

  return {
    nameOf,
    refit: (refit) => void refits.push(refit),
    async peek(tensors, others) {
      const walk = await open();
      const weights = [...refits, ...others];
      return {
        ...pieceOf(walk, tensors, walk.way(tensors), { outputs: [], weights }),
        take() {},
        close() {},
      };
    },
    async to(tensors) {
      const walk = await open();
      const stretch = walk.to(tensors);
      const outputs = stretch.carried();
      return {
        ...pieceOf(walk, tensors, stretch.running, { outputs, weights: refits }),
        take: (b, found) =>
          stretch.take(b, new Map(outputs.map((name) => [name, found[nameOf(name)] as Tensor]))),
        close: () => stretch.close(),
      };
    },
  };
}

/** A node with all that it reads, in its bodies too. */
interface Running {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly node: Node;
}

const readBy = (node: Node): string[] => [...node.inputs, ...implicitInputs(node)];

const numberOf = ({ type }: Tensor): number =>
  Array.from({ length: 17 }, (_, n) => n).find((n) => elementTypeOf(n) === type) ?? 1;
