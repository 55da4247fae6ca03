import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { graphModel, isGraphModel, type TfjsModel, tfjs } from "@prune/tfjs";
import { openTfjsModel } from "@prune/tfjs/node";
import { recoverTfjsModel, type TfjsRecoverOptions, type TfjsRecoveryReport } from "@prune/tfjs/recovery";
import "@tensorflow/tfjs-backend-wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

export interface NoiseOptions {
  readonly batches: number;
  /** Samples in one, where the model leaves that open. */
  readonly batch: number;
  readonly prune: { readonly ratio: number };
}

/** Recoveries of one cut of a model on uniform noise, the same in every run. */
export interface RecoveryOnNoise {
  /** The hash of what it makes, and the report. */
  recover(options: TfjsRecoverOptions): Promise<readonly [hash: string, report: TfjsRecoveryReport]>;
  close(): void;
}

/** @param path a model.json of either format */
export async function recoveryOnNoise(path: string, options: NoiseOptions): Promise<RecoveryOnNoise> {
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  const original = await openTfjsModel(path);
  const backend = tfjs();
  const trace = backend.trace(original);
  const shapes = shapesOf(original, options.batch);
  const samples = Array.from({ length: options.batches }, (_, b) => ({
    xs: shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, "float32", 1000 * b + i + 1)),
  }));
  const pruned = await prune<TfjsModel>(original, {
    backend,
    importance: magnitude(),
    trace,
    ...options.prune,
  });
  const cut = trace.cut(pruned.plan);
  return {
    async recover(how) {
      const { model, report } = await recoverTfjsModel({ original, smaller: pruned.model, cut }, samples, {
        load: loadGraphModel,
        ...how,
      });
      return [await backend.hash(model), report];
    },
    close: () => tf.dispose(samples.map(({ xs }) => xs)),
  };
}

function shapesOf(model: TfjsModel, batch: number): number[][] {
  const shapes = isGraphModel(model)
    ? graphModel()
        .trace(model)
        .source.inputs.map(({ shape }) => shape)
    : model.inputs.map(({ shape }) => shape);
  const sizeOf = (size: unknown, d: number): number =>
    Number(size) > 0 ? Number(size) : d === 0 ? batch : 32;
  return shapes.map((shape = []) => shape.map(sizeOf));
}
