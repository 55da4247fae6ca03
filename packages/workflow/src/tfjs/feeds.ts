import type { GraphSource, SizesByName, Trace } from "@prune/graph";
import { type Dim, openInputs, openName } from "@prune/graph/advanced";
import * as tf from "@tensorflow/tfjs-core";

/** What a model takes: sizes that it leaves open are -1. */
export interface Input {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  /** Inputs are whole numbers below this, where something is looked up by them. */
  readonly below?: number;
}

/** How what a model leaves open is filled. */
export interface Filling {
  /** Sizes of dims, the batch apart. */
  readonly open: number;
  /** Sizes of inputs that are open in all dims, such as states. */
  readonly bare: number;
}

/** Fillings to try until the model runs. */
export const fillings: readonly Filling[] = [
  { open: 32, bare: 32 },
  { open: 32, bare: 1 },
  { open: 5, bare: 5 },
  { open: 5, bare: 1 },
  { open: 1, bare: 1 },
];

/** Numbers without dims are settings (a scale, a threshold) rather than data: one for each seed in turn. */
const settings: readonly number[] = [1, 0.5, 2];

/** Half a gigabyte. */
const mostNumbers = 2 ** 27;

/** Random feeds by a seed: roughly normal, or whole numbers. The batch is 1 where it is left open. */
export const feedsOf = (
  inputs: readonly Input[],
  seed: number,
  { open, bare }: Filling = { open: 1, bare: 1 },
): tf.Tensor[] =>
  inputs.map(({ shape, dtype, below = dtype === "int32" ? 8 : 2 }, i) => {
    const size = shape.every((one) => one < 0) ? bare : open;
    const sizes = shape.map((one, dim) => (one >= 0 ? one : dim === 0 ? 1 : size));
    const whole = dtype !== "float32" || below > 2;
    const count = sizes.reduce((a, b) => a * b, 1);
    if (count > mostNumbers)
      throw new Error(
        `an input of [${sizes}] holds ${count} numbers, and ${mostNumbers} are the most that are made up`,
      );
    const next = numbers(1000 * seed + i + 1);
    const setting = sizes.length === 0 && !whole ? settings[(seed - 1) % settings.length] : undefined;
    const values = Float32Array.from({ length: count }, () =>
      whole ? Math.floor(next() * below) : (setting ?? (next() + next() + next() - 1.5) * 1.6),
    );
    return tf.tensor(values, sizes, dtype as "float32");
  });

/** Numbers from 0 up to 1. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Inputs as a trace knows them better than the runtime: of the rank that their readers need, below what they look up in. */
export function refined(inputs: readonly Input[], { source }: Trace): Input[] {
  const rows = rowsByInput(source);
  return inputs.map((input) => {
    const shape = source.inputs.find(({ name }) => name === input.name)?.shape?.map(sizeOf);
    const below = input.below ?? rows.get(input.name);
    return { ...input, ...(shape && { shape }), ...(below !== undefined && { below }) };
  });
}

/** Inputs with the sizes that were given for what they leave open. */
export function withSizes(inputs: readonly Input[], { source }: Trace, sizes: SizesByName): Input[] {
  const open = new Map(openInputs(source).map((input) => [input.name, input]));
  return inputs.map((input) => {
    const named = open.get(input.name);
    const shape = input.shape.map((size, d) => {
      const name = size < 0 && named ? openName(named, d) : undefined;
      return name !== undefined && Object.hasOwn(sizes, name) ? (sizes[name] as number) : size;
    });
    return { ...input, shape };
  });
}

const sizeOf = (dim: Dim): number => (typeof dim === "number" ? dim : -1);

const keepsNumbers = /^(Identity|Cast|Reshape|ExpandDims|Squeeze|Snapshot|StopGradient)$/;

/** Rows of the tables that inputs look up in, the least of each. */
function rowsByInput(source: GraphSource): Map<string, number> {
  const producers = new Map(
    source.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)),
  );
  const rows = new Map<string, number>();
  for (const { op, inputs } of source.nodes) {
    if (op !== "Gather" && op !== "GatherV2") continue;
    const table = source.parameter(inputs[0] ?? "");
    const axis = op === "Gather" ? 0 : source.integers(inputs[2] ?? "")?.[0];
    const count = axis === undefined ? undefined : table?.at(axis);
    if (count === undefined) continue;
    let from = inputs[1] ?? "";
    for (let node = producers.get(from); node && keepsNumbers.test(node.op); node = producers.get(from))
      from = node.inputs[0] ?? "";
    if (source.inputs.some(({ name }) => name === from))
      rows.set(from, Math.min(count, rows.get(from) ?? count));
  }
  return rows;
}
