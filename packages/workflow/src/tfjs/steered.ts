import type { Cut, Trace } from "@prune/graph";
import { type Kept, keptBy } from "@prune/graph/advanced";
import { type GraphModel, toArtifacts } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { gap, type Output, read } from "./run.js";
import type { TfjsRuntime } from "./tfjs-runtime.js";

export interface Steering {
  readonly masked: GraphModel;
  readonly smaller: GraphModel;
  readonly trace: Trace;
  readonly cut: Cut;
  /** Tensors that decide, in steps. */
  readonly steps: readonly (readonly string[])[];
}

export interface Steered {
  /** The worst of the tensors that decide and of the outputs behind them. */
  readonly error: number;
  readonly sameForm: boolean;
  /** How many tensors were handed over. */
  readonly anchors: number;
}

/**
 * Compares a cut with its mask where both decide the same: what the cut makes of the tensors that decide is compared, and what
 * the masked model makes of them is handed to it, so that everything behind must be equal.
 */
export async function steered(
  { masked, smaller, trace, cut, steps }: Steering,
  inputs: readonly string[],
  feeds: readonly (readonly tf.Tensor[])[],
  { loadGraphModel }: Pick<TfjsRuntime, "loadGraphModel">,
): Promise<Steered> {
  const [mask, other] = [await tapped(masked, loadGraphModel), await tapped(smaller, loadGraphModel)];
  const outputs = [...trace.source.outputs];
  const kept = keptBy(cut);
  const result = { error: 0, sameForm: true, anchors: 0 };
  const compare = async (got: readonly tf.Tensor[], want: readonly tf.Tensor[]): Promise<void> => {
    const [a, b] = [read([...got]), read([...want])];
    b.forEach((one, i) => {
      result.sameForm &&= String(a[i]?.shape) === String(one.shape);
      result.error = Math.max(result.error, gap(a[i] as Output, one));
    });
  };
  try {
    for (const values of feeds) {
      const given: Record<string, tf.Tensor> = Object.fromEntries(
        inputs.map((name, i) => [name, values[i] as tf.Tensor]),
      );
      const from = { ...given };
      const handed = new Set<string>();
      for (const names of steps.map((step) => step.filter((name) => !(name in given)))) {
        const fresh = names.filter((name) => !handed.has(name));
        if (fresh.length === 0) continue;
        const whole = await mask.run(from, fresh);
        const living = whole.map((tensor, i) => left(tensor, fresh[i] as string, trace, kept));
        const own = await other.run(given, fresh);
        await compare(
          own,
          living.map((tensor) => tf.clone(tensor)),
        );
        tf.dispose(whole);
        fresh.forEach((name, i) => {
          handed.add(name);
          given[name] = living[i] as tf.Tensor;
        });
      }
      await compare(await other.run(given, outputs), await mask.run(from, outputs));
      result.anchors = Math.max(result.anchors, handed.size);
      tf.dispose([...handed].map((name) => given[name] as tf.Tensor));
    }
    return result;
  } finally {
    mask.dispose();
    other.dispose();
  }
}

/** What a cut leaves of a tensor. */
function left(tensor: tf.Tensor, name: string, trace: Trace, kept: Kept): tf.Tensor {
  const rank = trace.tensor(name)?.layout?.rank;
  if (rank === undefined || rank !== tensor.shape.length) return tf.clone(tensor);
  return tf.tidy(() =>
    tensor.shape.reduce<tf.Tensor>((x, size, dim) => {
      const positions = kept(name, dim);
      // A cut has none for dims that it can't change.
      if (!positions?.length || positions.length === size) return x;
      return tf.gather(x, tf.tensor1d([...positions], "int32"), dim);
    }, tf.clone(tensor)),
  );
}

interface Tapped {
  run(given: Readonly<Record<string, tf.Tensor>>, names: readonly string[]): Promise<tf.Tensor[]>;
  dispose(): void;
}

/** A GraphModel that runs from any of its tensors to any others. */
async function tapped(model: GraphModel, loadGraphModel: TfjsRuntime["loadGraphModel"]): Promise<Tapped> {
  const { signature: _, userDefinedMetadata: __, ...json } = model.json;
  // Without a signature every name is that of a node.
  const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts({ ...model, json })));
  return {
    async run(given, names) {
      const own = (found: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
        [found].flat().map((tensor) => tf.clone(tensor));
      const feeds = { ...given };
      let found: tf.Tensor | tf.Tensor[];
      try {
        found = loaded.execute(feeds, [...names]);
      } catch {
        found = await loaded.executeAsync(feeds, [...names]);
      }
      const copies = own(found);
      const outside = new Set<tf.Tensor>(Object.values(feeds));
      tf.dispose([found].flat().filter((tensor) => !outside.has(tensor)));
      return copies;
    },
    dispose: () => loaded.dispose(),
  };
}
