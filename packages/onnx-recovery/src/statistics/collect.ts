import type { Model } from "@prune/onnx";
import { type Linear, linearLayers } from "@prune/onnx/advanced";
import { startStopwatch } from "@prune/recovery/advanced";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import { randomStream } from "@prune/samples";
import { countOf } from "../samples/count.js";
import { dimsOf } from "../walk/dims.js";
import { mostHeld, walkNet } from "../walk/net-walk.js";
import { runnerOf } from "../walk/runner.js";
import { stretches } from "../walk/stretches.js";
import { study } from "../walk/study.js";
import { type InputStatistics, type InputTap, inputTap, readingOf } from "./input-tap.js";

/** What samples say of the inputs of one linear layer. */
export interface LayerStatistics extends InputStatistics {
  readonly linear: Linear;
}

/** How many rows statistics are taken of, of which layers, and where the model runs. */
export interface CollectOptions extends SessionOptions {
  /** Rows for the moments of a layer, about. @default 16384 */
  readonly rows?: number;
  /** @default 0 */
  readonly seed?: number;
  /** Layers with more inputs times kernel than this have moments by channel; 0 leaves moments out. @default 1200 */
  readonly maxInputs?: number;
  /** Bytes of activations that are held where a model's weights are too many for one session. @default 1 GiB */
  readonly held?: number;
  /** Told of batches. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Runs samples once through a model that has the statistics of every linear layer's inputs appended, and adds them up,
 * by the layer's output. Layers that read one tensor in the same way share them. A model with more than 1 GiB of weights runs in
 * stretches.
 */
export async function collectStatistics(
  model: Model,
  samples: readonly ValuesByName[],
  options: CollectOptions = {},
): Promise<ReadonlyMap<string, LayerStatistics>> {
  const { rows = 16384, seed = 0, maxInputs = 1200, held = mostHeld, onProgress, signal } = options;
  const runner = runnerOf(options, startStopwatch());
  const layers = linearLayers(model);
  const tensors = layers.map(({ input }) => input);
  const dims = await dimsOf(model, tensors, samples, runner);
  const sizes = samples.map((feeds) => countOf([feeds]));
  const total = sizes.reduce((a, b) => a + b, 0);
  const taps = new Map<string, InputTap & { readonly tensor: string }>();
  for (const linear of layers) {
    const reading = readingOf(linear);
    const most = dims.vary(linear.input) ? 0 : maxInputs;
    if (!taps.has(reading))
      taps.set(reading, { tensor: linear.input, ...inputTap(linear, most, `${taps.size} `) });
  }
  const walk = walkNet(model, samples, { held, wanted: new Set(tensors), runner });
  const lists = stretches(model, tensors);
  for (const [l, some] of lists.entries()) {
    const read = new Set(some);
    const here = [...taps.values()].filter(({ tensor }) => read.has(tensor));
    await study(
      [await walk.to(some)],
      {
        build(graph) {
          for (const tap of here) tap.build(graph, dims.of(tap.tensor, 0).length);
        },
        feeds(b) {
          const wanted = (rows * (sizes[b] as number)) / total;
          const drawn = here.map((tap) =>
            tap.feeds(dims.of(tap.tensor, b), wanted, randomStream(seed, `${tap.tensor} ${b}`)),
          );
          return Object.assign({}, ...drawn);
        },
        take(outputs, b) {
          for (const tap of here) tap.take(outputs);
          onProgress?.(l * samples.length + b + 1, lists.length * samples.length);
        },
      },
      { runner, batches: samples.length, signal },
    );
  }
  return new Map(
    layers.map((linear) => [
      linear.output,
      { linear, ...(taps.get(readingOf(linear)) as InputTap).statistics },
    ]),
  );
}
