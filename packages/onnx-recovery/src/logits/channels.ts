import type { Model } from "@prune/onnx";
import { segmentModel } from "@prune/onnx/advanced";
import { createSession, run, type SessionOptions, type Values, type ValuesByName } from "@prune/runtime-ort";
import { randomStream } from "@prune/samples";
import type { Origin } from "./origin.js";

/** An operand of a product of two tensors, as a layer's channels moved and scaled. */
export interface Moved {
  readonly tensor: string;
  /** The layer's output. */
  readonly layer: string;
  readonly dims: readonly number[];
  /** Channel of each cell. */
  readonly channels: Int32Array;
  /** What the operand is of the channel. */
  readonly scale: number;
}

/**
 * Which channel of a layer every cell of a tensor holds, found by running what lies between on made-up values: nothing
 * but movement and one scale may lie there, and nothing else may read those channels. Undefined where that isn't so.
 */
export async function channelsOf(
  model: Model,
  { linear, others }: Origin,
  tensor: string,
  { feeds, dims }: { readonly feeds: ValuesByName; readonly dims: readonly number[] },
  options: SessionOptions,
): Promise<Moved | undefined> {
  if (dims.at(-1) !== linear.outputs) return undefined;
  const inputs = model.graph.inputs.filter(({ name }) => !model.graph.initializers.has(name));
  const bytes = segmentModel(model, {
    inputs: [...inputs, { name: linear.output, elementType: float32 }],
    outputs: [tensor, ...others],
  });
  const session = await createSession(bytes, options);
  const given = new Set(session.inputNames);
  const at = async (value: (channel: number) => number): Promise<Readonly<Record<string, Values>>> => {
    const data = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, i) =>
      value(i % linear.outputs),
    );
    const all: ValuesByName = { ...feeds, [linear.output]: { type: "float32", dims, data } };
    return run(session, Object.fromEntries(Object.entries(all).filter(([name]) => given.has(name))));
  };
  try {
    const [none, ones, ramp] = [await at(() => 0), await at(() => 1), await at((c) => c + 1)];
    const floats = (of: typeof none): Float32Array => of[tensor]?.data as Float32Array;
    const scale = floats(ones)[0] as number;
    if (!floats(none).every((v) => v === 0) || !(Math.abs(scale) > 0) || !Number.isFinite(scale))
      return undefined;
    const channels = Int32Array.from(floats(ramp), (v) => Math.round(v / scale) - 1);
    if (channels.some((c) => c < 0 || c >= linear.outputs)) return undefined;
    const stream = randomStream(0, tensor);
    const values = Float32Array.from({ length: linear.outputs }, () => stream.normal());
    const moved = floats(await at((c) => values[c] as number));
    const holds = moved.every((v, i) => near(v, scale * (values[channels[i] as number] as number)));
    if (!holds) return undefined;
    const own = new Set(channels);
    const seen = await at((c) => (own.has(c) ? (values[c] as number) : 0));
    const isAlone = others.every((name) => same(seen[name], none[name]));
    return isAlone
      ? { tensor, layer: linear.output, dims: ones[tensor]?.dims ?? [], channels, scale }
      : undefined;
  } finally {
    await session.release();
  }
}

const float32 = 1;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5 * (Math.abs(b) + 1e-3);

const same = (a: Values | undefined, b: Values | undefined): boolean => {
  const [x, y] = [a?.data as Float32Array, b?.data as Float32Array];
  return x.length === y.length && x.every((v, i) => v === y[i]);
};
