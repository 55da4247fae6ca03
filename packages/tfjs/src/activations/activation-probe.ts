import type { ActivationProbe, Trace } from "@prune/graph";
import * as tf from "@tensorflow/tfjs-core";
import { probeOf } from "../backend/probe.js";
import { TfjsError } from "../errors.js";
import type { GraphModelSource } from "../graph-model/source.js";
import type { LayersModel } from "../layers-model/loaded.js";
import { callLayer, runCalls } from "../layers-model/run-calls.js";
import type { LayersModelSource } from "../layers-model/source.js";
import type { GraphModel } from "../model.js";
import { sourceOf } from "../source.js";
import { isGraphModel } from "../tfjs.js";
import { numbers } from "./draw.js";
import { graphLinears } from "./graph-linears.js";
import { layersLinears } from "./layers-linears.js";
import type { LinearCall } from "./linear.js";
import { readerOf } from "./readers.js";
import { addBatch, emptyStatistics, type LayerStatistics } from "./statistics.js";

/** Samples, without labels. */
export interface TfjsSamples {
  readonly xs: tf.Tensor | tf.Tensor[];
}

/** What runs a GraphModel: `await tf.loadGraphModel(...)`. */
export interface RunningGraph {
  execute(inputs: tf.Tensor | tf.Tensor[], outputs: string[]): tf.Tensor | tf.Tensor[];
}

/** Which samples run through which model, and how many rows of each layer's input are kept. */
export interface TfjsActivationOptions {
  readonly batches: Iterable<TfjsSamples> | AsyncIterable<TfjsSamples>;
  /** The same GraphModel as tfjs loads it, which runs the samples; a LayersModel runs by itself. */
  readonly loaded?: RunningGraph;
  /** Positions of a batch for the moments of a layer's inputs, at most. @default 4096 */
  readonly rows?: number;
  /** Layers with more inputs times places of the kernel than this have moments by channel alone. @default 1200 */
  readonly maxInputs?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
}

/**
 * Runs samples through a model as it is used, not as it is trained, and gathers what they say of the inputs of its dense
 * layers and convolutions.
 * @throws {TfjsError} "not-loaded" for a GraphModel without `loaded`.
 */
export async function tfjsActivationProbe(
  model: GraphModel | LayersModel,
  trace: Trace,
  { batches, loaded, rows = 4096, maxInputs = 1200, seed = 0 }: TfjsActivationOptions,
): Promise<ActivationProbe> {
  const { calls, run } = isGraphModel(model) ? graphRun(trace, loaded) : layersRun(trace);
  const statistics = calls.map((call) => emptyStatistics(call, maxInputs));
  const random = numbers(seed);
  for await (const { xs } of batches)
    tf.tidy(() => {
      run([xs].flat(), (at, x) => {
        const known = statistics[at] as LayerStatistics;
        const rank = x.shape.length;
        const last = [0, ...Array.from({ length: rank - 2 }, (_, d) => d + 2), 1];
        addBatch(known, known.call.channelsFirst ? tf.transpose(x, last) : x, { rows, random });
      });
    });
  const probe = probeOf(trace);
  return {
    ...probe,
    activations: (family) =>
      statistics.flatMap((known) => {
        const kernel = probe.weights(known.call.weight);
        const reader = kernel && known.channels.count > 0 && readerOf(trace, family, known, kernel.data);
        return reader || [];
      }),
  };
}

/** Which calls to watch, and how to run a batch and get what each of them reads. */
interface Run {
  readonly calls: readonly LinearCall[];
  run(inputs: tf.Tensor[], tell: (call: number, x: tf.Tensor) => void): void;
}

function layersRun(trace: Trace): Run {
  const source = sourceOf<LayersModelSource>(trace);
  const calls = layersLinears(source);
  const numberOf = new Map(calls.map(({ layer }, i) => [layer, i]));
  return {
    calls,
    run(inputs, tell) {
      runCalls(source.lowered, inputs, (node, activations) => {
        const at = numberOf.get(node.outputs[0] as string);
        if (at !== undefined) tell(at, (activations[0] as { tensor: tf.Tensor }).tensor);
        return callLayer(node, activations);
      });
    },
  };
}

function graphRun(trace: Trace, loaded: RunningGraph | undefined): Run {
  if (!loaded) throw new TfjsError("not-loaded", {});
  const source = sourceOf<GraphModelSource>(trace);
  const given = new Set(source.inputs.map(({ name }) => name));
  // What reads the model's own inputs reads no units.
  const calls = graphLinears(source).filter(({ input }) => !given.has(input));
  const names = [...new Set(calls.map(({ input }) => input))];
  return {
    calls,
    run(inputs, tell) {
      if (names.length === 0) return;
      const found = [loaded.execute(inputs, names)].flat();
      calls.forEach(({ input }, i) => {
        tell(i, found[names.indexOf(input)] as tf.Tensor);
      });
    },
  };
}
