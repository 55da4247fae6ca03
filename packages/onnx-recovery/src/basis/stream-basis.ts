import { type Model, modelToBytes, noEdit } from "@prune/onnx";
import type { Stream } from "@prune/onnx/advanced";
import { eigenOf } from "@prune/recovery/advanced";
import { createSession, run, type SessionOptions, type ValuesByName } from "@prune/runtime-ort";
import { numbersOf } from "@prune/runtime-ort/advanced";
import { randomStream } from "@prune/samples";

/** How many positions `streamBasis` looks at, and where the model runs. */
export interface BasisOptions extends SessionOptions {
  /** Positions of each norm's input that are looked at, about. @default 4096 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The principal directions of what norms see of a stream on samples, most of its power first: a column each, width x
 * width. Every position counts alike, as norms make their lengths equal.
 */
export async function streamBasis(
  model: Model,
  { width, norms, units, centred }: Stream,
  samples: readonly ValuesByName[],
  { rows = 4096, seed = 0, signal, ...options }: BasisOptions = {},
): Promise<Float64Array> {
  const inputs = [...new Set(norms.map(({ node }) => node.inputs[0] as string))];
  const outside = inputs.filter((name) => !model.graph.outputs.some((output) => output.name === name));
  const bytes = modelToBytes(model, { ...noEdit, ends: { inputs: [], outputs: outside } });
  const session = await createSession(bytes, options);
  const gram = new Float64Array(width * width);
  const drawn = randomStream(seed, "basis");
  const wanted = Math.ceil(rows / samples.length);
  try {
    for (const feeds of samples) {
      signal?.throwIfAborted();
      const found = await run(session, feeds);
      for (const name of inputs) {
        const values = found[name];
        const read = values && numbersOf(values);
        if (!read) continue;
        const positions = values.dims.reduce((a, b) => a * b, 1) / width;
        for (let r = 0; r < Math.min(wanted, positions); r++)
          add(gram, units, centred, (place) => read(position(r) * width + place) as number);
        function position(r: number): number {
          return wanted >= positions ? r : drawn.integer(positions);
        }
      }
    }
  } finally {
    await session.release();
  }
  return eigenOf(gram, width).vectors;
}

/** Adds a position's products, by units, at unit length. */
function add(gram: Float64Array, units: Int32Array, centred: boolean, read: (place: number) => number): void {
  const n = units.length;
  const x = new Float64Array(n);
  units.forEach((unit, place) => {
    x[unit] = read(place);
  });
  const mean = centred ? x.reduce((a, b) => a + b, 0) / n : 0;
  const power = x.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  if (!(power > 0)) return;
  for (let i = 0; i < n; i++) {
    const by = ((x[i] as number) - mean) / power;
    for (let j = 0; j < n; j++) gram[i * n + j]! += by * ((x[j] as number) - mean);
  }
}
