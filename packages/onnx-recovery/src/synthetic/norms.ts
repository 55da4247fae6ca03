import type { Model } from "@prune/onnx";
import { segmentModel, wiringOf } from "@prune/onnx/advanced";
import { createSession, run, type SessionOptions, type ValuesByName } from "@prune/runtime-ort";

/** What a BatchNormalization of a model has seen in training, by channel of its input. */
export interface Norm {
  readonly input: string;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** The BatchNormalizations with stored statistics. */
export function normsOf(model: Model): Norm[] {
  const wiring = wiringOf(model);
  return model.graph.nodes.flatMap((node): Norm[] => {
    if (node.op !== "BatchNormalization") return [];
    const [mean, variance] = node.inputs.slice(3, 5).map((name) => wiring.stored(name));
    if (mean?.dtype !== "float32" || variance?.dtype !== "float32") return [];
    return [
      {
        input: node.inputs[0] as string,
        mean: mean.tensor().data as Float32Array,
        variance: variance.tensor().data as Float32Array,
      },
    ];
  });
}

/** What samples show at the norms, by channel. */
export type Seen = readonly { readonly mean: Float64Array; readonly variance: Float64Array }[];

/** Runs a model up to its norms, as often as asked. */
export interface NormProbe {
  seen(feeds: ValuesByName): Promise<Seen>;
  release(): Promise<void>;
}

export async function openNorms(
  model: Model,
  norms: readonly Norm[],
  options: SessionOptions,
): Promise<NormProbe> {
  const { graph } = model;
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const outputs = [...new Set(norms.map(({ input }) => input))];
  const session = await createSession(segmentModel(model, { inputs, outputs }), options);
  return {
    async seen(feeds) {
      const found = await run(session, feeds);
      return norms.map(({ input, mean }) => {
        const { data, dims } = found[input] as {
          readonly data: Float32Array;
          readonly dims: readonly number[];
        };
        return momentsOf(
          data,
          mean.length,
          dims.slice(2).reduce((a, b) => a * b, 1),
        );
      });
    },
    release: () => session.release(),
  };
}

function momentsOf(data: Float32Array, channels: number, area: number): Seen[number] {
  const [mean, square] = [new Float64Array(channels), new Float64Array(channels)];
  const count = data.length / channels;
  for (let i = 0; i < data.length; i++) {
    const c = Math.floor(i / area) % channels;
    const v = data[i] as number;
    mean[c]! += v / count;
    square[c]! += (v * v) / count;
  }
  return { mean, variance: square.map((s, c) => Math.max(0, s - (mean[c] as number) ** 2)) };
}

/**
 * How far what is seen lies from what was seen in training: the Kullback-Leibler divergence of normal distributions,
 * averaged over channels and norms.
 */
export function divergence(norms: readonly Norm[], seen: Seen): number {
  let sum = 0;
  let count = 0;
  norms.forEach(({ mean, variance }, k) => {
    const now = seen[k] as Seen[number];
    for (let c = 0; c < mean.length; c++) {
      const was = (variance[c] as number) + 1e-5;
      const is = (now.variance[c] as number) + 1e-5;
      const off = (now.mean[c] as number) - (mean[c] as number);
      sum += Math.min(20, (is / was + (off * off) / was - 1 - Math.log(is / was)) / 2);
      count++;
    }
  });
  return count === 0 ? 0 : sum / count;
}
