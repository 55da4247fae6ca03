import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { graphModel } from "@prune/tfjs";
import { openGraphModel } from "@prune/tfjs/node";
import { recoverTfjsModel, type TfjsRecoveryReport } from "@prune/tfjs/recovery";
import "@tensorflow/tfjs-backend-wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";

/** A GraphModel with less work, and how alike the original it answers on pictures that it was not fitted to. */
export interface HalvedGraph {
  /** Share of the multiply-accumulates that is left. */
  readonly macs: number;
  readonly report: TfjsRecoveryReport;
  /** Of processor time. */
  readonly seconds: number;
}

/** Pictures as bytes, one after the other, height x width x channels. */
export interface Pictures {
  readonly bytes: Uint8Array;
  readonly shape: readonly [number, number, number];
}

export interface HalveOptions {
  /** What the model takes 0 and 255 as. @default [0, 1] */
  readonly range?: readonly [number, number];
  /** Pictures to fit to and to judge by. @default 64 */
  readonly count?: number;
}

/**
 * Cuts a GraphModel that takes a picture to half of its multiply-accumulates by the L2 norm of its weights and refits it
 * on pictures, stretched to its size; of a model without colours on their mean.
 * @param path its model.json
 */
export async function halveGraph(
  path: string,
  pictures: Pictures,
  { range = [0, 1], count = 64 }: HalveOptions = {},
): Promise<HalvedGraph> {
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  const model = openGraphModel(path);
  const begun = process.cpuUsage();
  const backend = graphModel();
  const trace = backend.trace(model);
  const options = { backend, trace, importance: magnitude(), target: { macs: 0.5 } };
  const { model: smaller, plan, report: made } = await prune(model, options);
  const dims = trace.source.inputs[0]?.shape ?? [];
  const fixed = typeof dims[0] === "number" ? dims[0] : undefined;
  const batch = fixed ?? 8;
  const samples = Array.from({ length: Math.floor(count / batch) }, (_, b) => ({
    xs: feed(pictures, b * batch, batch, dims.slice(1).map(Number), range),
  }));
  const pruned = { original: model, smaller, cut: trace.cut(plan) };
  const { report } = await recoverTfjsModel(pruned, samples, { load: loadGraphModel });
  tf.dispose(samples.map(({ xs }) => xs));
  const seconds = process.cpuUsage(begun).user / 1e6;
  return { macs: macsOf(made.after) / macsOf(made.before), report, seconds };
}

function feed(
  { bytes, shape }: Pictures,
  from: number,
  count: number,
  dims: readonly number[],
  [low, high]: readonly [number, number],
): tf.Tensor {
  const size = shape[0] * shape[1] * shape[2];
  return tf.tidy(() => {
    const some = Int32Array.from(bytes.subarray(from * size, (from + count) * size));
    const values = tf.add(
      tf.mul(tf.tensor4d(Float32Array.from(some), [count, ...shape]), (high - low) / 255),
      low,
    );
    const isFirst = (dims[0] as number) <= 3;
    const [height, width, channels] = isFirst ? [dims[1], dims[2], dims[0]] : dims;
    const stretched = tf.image.resizeBilinear(values as tf.Tensor4D, [height as number, width as number]);
    const coloured = channels === shape[2] ? stretched : tf.mean(stretched, 3, true);
    return isFirst ? tf.transpose(coloured, [0, 3, 1, 2]) : coloured;
  });
}
