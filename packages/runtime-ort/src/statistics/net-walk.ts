import { implicitInputs, type Model, type Node, neededNodes, segmentModel, wiringOf } from "@prune/onnx";
import type { Tensor } from "onnxruntime-node";
import { type Outputs, runTensors, tensorsOf } from "../run.js";
import { createSession, type SessionOptions } from "../session.js";
import { elementTypeOf, type ValuesByName } from "../values.js";

/** Runs a network piece by piece over batches of samples, holding only the tensors that are still needed. */
export interface NetWalk {
  readonly batches: number;
  /** Whether a tensor needs no more than what has run. */
  has(tensor: string): boolean;
  /** Runs what is missing for some tensors. They are held until released. */
  reach(tensors: readonly string[], signal?: AbortSignal): Promise<void>;
  at(batch: number, tensor: string): Tensor;
  release(tensors: readonly string[]): void;
  /** Goes on with other weights; what has run stays. Tensors keep their names. */
  replace(model: Model): void;
}

export function walkNet(first: Model, samples: readonly ValuesByName[], session: SessionOptions): NetWalk {
  let model = first;
  const constant = constantTensors(model);
  const held = new Map<string, number>();
  /** Nodes that have run, by first output. */
  const done = new Set<string>();
  const values: Map<string, Tensor>[] = samples.map(() => new Map());

  let started = false;
  const start = async (): Promise<void> => {
    if (started) return;
    started = true;
    for (const [b, feeds] of samples.entries())
      for (const [name, tensor] of await asTensors(feeds)) values[b]?.set(name, tensor);
  };

  const sweep = (): void => {
    const open = new Set<string>(held.keys());
    for (const node of model.graph.nodes)
      if (!done.has(keyOf(node))) for (const name of readBy(node)) open.add(name);
    for (const batch of values) for (const name of batch.keys()) if (!open.has(name)) batch.delete(name);
  };

  return {
    batches: samples.length,
    has: (tensor) => values[0]?.has(tensor) ?? false,
    at(batch, tensor) {
      const value = values[batch]?.get(tensor);
      if (!value) throw new RangeError(`"${tensor}" has not been run or is not held any more`);
      return value;
    },
    async reach(tensors, signal) {
      for (const name of tensors) held.set(name, (held.get(name) ?? 0) + 1);
      await start();
      const atHand = new Set(values[0]?.keys());
      const missing = tensors.filter((name) => !atHand.has(name));
      if (missing.length === 0) return;
      const needed = neededNodes(model, atHand, missing);
      const nodes = [...needed].map((i) => model.graph.nodes[i] as Node);
      const runs = new Set(nodes.map(keyOf));
      const made = new Set(nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== "")));
      const outputs = new Set(missing);
      for (const node of model.graph.nodes)
        if (!runs.has(keyOf(node)) && !done.has(keyOf(node)))
          for (const name of readBy(node)) if (made.has(name) && !constant.has(name)) outputs.add(name);
      const read = new Set(nodes.flatMap(readBy));
      const inputs = [...atHand].filter((name) => read.has(name));
      const bytes = segmentModel(model, {
        inputs: inputs.map((name) => ({ name, elementType: numberOf(values[0]?.get(name) as Tensor) })),
        outputs: [...outputs],
      });
      const runner = await createSession(bytes, session);
      try {
        for (let b = 0; b < samples.length; b++) {
          signal?.throwIfAborted();
          const batch = values[b] as Map<string, Tensor>;
          const feeds: Outputs = {};
          for (const name of inputs) feeds[name] = batch.get(name) as Tensor;
          for (const [name, tensor] of Object.entries(await runTensors(runner, feeds)))
            batch.set(name, tensor);
        }
      } finally {
        await runner.release();
      }
      for (const node of nodes) if (!node.outputs.every((name) => constant.has(name))) done.add(keyOf(node));
      sweep();
    },
    release(tensors) {
      for (const name of tensors) {
        const left = (held.get(name) ?? 1) - 1;
        if (left > 0) held.set(name, left);
        else held.delete(name);
      }
      sweep();
    },
    replace(next) {
      model = next;
      for (const name of constantTensors(model)) constant.add(name);
    },
  };
}

const readBy = (node: Node): string[] => [...node.inputs, ...implicitInputs(node)];

const keyOf = ({ outputs }: Node): string => outputs.find((name) => name !== "") ?? "";

const numberOf = ({ type }: Tensor): number =>
  Array.from({ length: 17 }, (_, n) => n).find((n) => elementTypeOf(n) === type) ?? 1;

async function asTensors(feeds: ValuesByName): Promise<[string, Tensor][]> {
  const session = { inputNames: Object.keys(feeds) } as never;
  return Object.entries(await tensorsOf(session, feeds));
}

/** Tensors that follow from stored values alone; cheap to make again. */
function constantTensors(model: Model): Set<string> {
  const wiring = wiringOf(model);
  const found = new Set<string>(model.graph.initializers.keys());
  const dynamic = new Set<string>();
  const check = (tensor: string): boolean => {
    const stack = [tensor];
    while (stack.length > 0) {
      const name = stack[stack.length - 1] as string;
      const node = wiring.producer(name);
      if (found.has(name) || dynamic.has(name)) {
        stack.pop();
        continue;
      }
      if (!node || hasBody(node)) {
        dynamic.add(name);
        continue;
      }
      const inputs = node.inputs.filter((input) => input !== "");
      const open = inputs.filter((input) => !found.has(input) && !dynamic.has(input));
      if (open.length > 0) stack.push(...open);
      else if (inputs.some((input) => dynamic.has(input))) dynamic.add(name);
      else found.add(name);
    }
    return found.has(tensor);
  };
  for (const node of model.graph.nodes) for (const name of node.outputs) if (name !== "") check(name);
  return found;
}

const hasBody = (node: Node): boolean =>
  [...node.attributes.values()].some(({ kind }) => kind === "graph" || kind === "graphs");
