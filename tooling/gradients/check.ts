import { gradients, type Loss } from "@prune/autodiff";
import { parametersOf } from "@prune/autodiff/advanced";
import { type Model, modelToBytes, readModel } from "@prune/onnx";
import { segmentModel, type Weight, withoutRounding } from "@prune/onnx/advanced";
import { openModel } from "@prune/onnx/node";
import {
  createSession,
  findFeeds,
  run,
  type Session,
  type Values,
  type ValuesByName,
} from "@prune/runtime-ort";
import { sessionOf } from "@prune/runtime-ort/advanced";
import { randomStream } from "@prune/samples";

/** How the gradients of one model compare with differences of its loss. */
export interface Checked {
  readonly nodes: number;
  readonly parameters: number;
  /** Parameters with a gradient. */
  readonly reached: number;
  readonly unreached: number;
  /** Operators that the gradient stops at, with the parameters behind them. */
  readonly stops: readonly { readonly op: string; readonly why: string; readonly parameters: number }[];
  /** Operators whose outputs count as constants. */
  readonly constants: readonly string[];
  /** Largest relative error of directional derivatives against central differences, at the best step. */
  readonly error: number;
  /** The step that it was found at, relative to each tensor's size. */
  readonly step: number;
  readonly milliseconds: number;
}

const steps = [1e-3, 3e-4, 3e-3, 1e-4, 1e-2, 3e-5, 3e-2];

/** Differentiates a model by all of its float parameters and compares with central differences along some directions. */
export async function checkGradients(path: string, most = 3): Promise<Checked> {
  const started = performance.now();
  const opened = openModel(path);
  const model = readModel(modelToBytes(opened, withoutRounding(opened)));
  const parameters = parametersOf(model, { statistics: true });
  const elements = [...parameters.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );
  const directions = elements > 2e6 ? 1 : most;
  const session = await sessionOf(model);
  const feeds = await findFeeds(session);
  const outputs = await run(session, feeds);
  await session.release();
  const floats = Object.entries(outputs)
    .filter(([, { type, dims }]) => /float/.test(type) && dims.every((size) => size > 0))
    .map(([name, { dims }]) => ({ name, dims }));
  const { unreached, stops, constants, weights, ...made } = gradients(model, {
    loss: projection(floats),
    parameters: "all",

    weights: "inputs",
  });
  const at = Object.fromEntries([...weights].map(([name, weight]) => [name, floatsOf(weight)]));
  const whole = await createSession(made.bytes);
  const result = await run(whole, { ...feeds, ...at });
  await whole.release();
  const forward = await createSession(forwardOf(made.bytes, made.loss));
  const found = new Map(
    [...made.gradients].map(([name, output]) => [name, result[output]?.data as Float32Array]),
  );
  let [worst, best] = [0, 0];
  for (let seed = 1; seed <= directions; seed++) {
    const { error, step } = await along(forward, feeds, at, found, made.loss, seed);
    if (!(error <= worst)) [worst, best] = [error, step];
  }
  await forward.release();
  return {
    nodes: model.graph.nodes.length,
    parameters: parameters.size,
    reached: made.gradients.size,
    unreached: unreached.length,
    stops: stops.map((stop) => ({ op: stop.op, why: stop.why, parameters: stop.parameters.length })),
    constants: [...new Set(constants.map(({ op }) => op))],
    error: worst,
    step: best,
    milliseconds: performance.now() - started,
  };
}

/** Sums of all outputs times fixed numbers drawn at random. */
const projection =
  (outputs: readonly { readonly name: string; readonly dims: readonly number[] }[]): Loss =>
  (k) =>
    outputs
      .map(({ name, dims }) => {
        const { normal } = randomStream(1, name);
        const numbers = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, normal);
        return k.mean(k.mul(k.cast(name, "float32"), k.floats(numbers, dims)), undefined, "dropped");
      })
      .reduce((a, b) => k.add(a, b));

/** Relative difference of the gradients along one direction from central differences, at the step that suits best. */
async function along(
  session: Session,
  feeds: ValuesByName,
  at: Readonly<Record<string, Values>>,
  found: ReadonlyMap<string, Float32Array>,
  loss: string,
  seed: number,
): Promise<{ error: number; step: number }> {
  const directions = new Map<string, Float32Array>();
  let slope = 0;
  for (const [name, gradient] of found) {
    // Along the gradient with each cell weighted at random, as long as the tensor itself: every tensor has a say.
    const { uniform } = randomStream(seed, name);
    const weights = at[name]?.data as Float32Array;
    const direction = gradient.map((g) => g * (0.5 + uniform()));
    const scale = (norm(weights) || 1) / (norm(direction) || 1);
    directions.set(
      name,
      direction.map((d) => d * scale),
    );
    for (let i = 0; i < gradient.length; i++)
      slope += scale * (direction[i] as number) * (gradient[i] as number);
  }
  const lossAt = async (step: number): Promise<number> => {
    const moved = Object.entries(at).map(([name, values]) => {
      const direction = directions.get(name) as Float32Array;
      const data = (values.data as Float32Array).map((w, i) => w + step * (direction[i] as number));
      return [name, { ...values, data }] as const;
    });
    const made = await run(session, { ...feeds, ...Object.fromEntries(moved) });
    return Number(made[loss]?.data[0]);
  };
  let best = { error: Number.POSITIVE_INFINITY, step: 0 };
  // Independent errors of many tensors add up like their roots.
  const shares = Math.sqrt(found.size) || 1;
  for (const step of steps) {
    const difference = (await lossAt(step / shares)) - (await lossAt(-step / shares));
    const error = Math.abs((difference * shares) / (2 * step) - slope) / (Math.abs(slope) || 1);
    if (error < best.error) best = { error, step };
    if (best.error < 1e-3) break;
  }
  return best;
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));

function floatsOf(weight: Weight): Values {
  const { data } = weight.tensor();
  return weight.dtype === "float64"
    ? { type: "float64", dims: weight.shape, data: Float64Array.from(data) }
    : { type: "float32", dims: weight.shape, data: Float32Array.from(data) };
}

function forwardOf(bytes: Uint8Array, loss: string): Uint8Array {
  const model: Model = readModel(bytes);
  return segmentModel(model, { inputs: model.graph.inputs, outputs: [loss] });
}
