import * as tf from "@tensorflow/tfjs-core";
import { TfjsError } from "../errors.js";
import { toArtifacts } from "../format/write-model.js";
import { graphRules } from "../graph-model/operators/operators.js";
import { nodeOf } from "../graph-model/order.js";
import { type GraphModelSource, graphModelSource } from "../graph-model/source.js";
import type { GraphModel } from "../model.js";
import type { Net } from "./twin-net.js";

/** Loads a GraphModel: `loadGraphModel` of `@tensorflow/tfjs-converter`. */
export type LoadGraph = (handler: tf.io.IOHandler) => Promise<LoadedGraph>;

/** What is used of a GraphModel that TensorFlow.js has loaded. */
export interface LoadedGraph {
  execute(inputs: tf.NamedTensorMap, outputs: string[]): tf.Tensor | tf.Tensor[];
  executeAsync(inputs: tf.NamedTensorMap, outputs: string[]): Promise<tf.Tensor | tf.Tensor[]>;
  dispose(): void;
}

/** A GraphModel that runs from any activations to any others. */
export interface GraphNet extends Net {
  readonly source: GraphModelSource;
  /** Goes on with other contents of a constant. */
  set(name: string, values: Float32Array): void;
}

/** What leaves scores what they are. */
const passes = /^(Identity|Cast|Reshape|Squeeze|StopGradient)$/;

/** @throws {TfjsError} "not-loaded" where there is nothing to load it with. */
export async function graphNet(model: GraphModel, load: LoadGraph | undefined): Promise<GraphNet> {
  if (!load) throw new TfjsError("not-loaded", {});
  const source = graphModelSource(model, graphRules);
  const { signature: _, userDefinedMetadata: __, ...json } = model.json;
  // Without a signature every name is that of a node.
  const loaded = await load(tf.io.fromMemory(toArtifacts({ ...model, json })));
  const inputs = Object.values(model.signature?.inputs ?? {}).map(({ name }) => nodeOf(name));
  const fresh = new Map<string, tf.Tensor>();
  const makers = new Map(source.nodes.flatMap((node) => node.outputs.map((made) => [made, node] as const)));
  return {
    source,
    nodes: source.nodes.map(({ inputs: read, outputs }) => ({
      inputs: read.filter((name) => !source.isConstant(name)),
      outputs,
    })),
    inputs: inputs.length > 0 ? inputs : source.inputs.map(({ name }) => name),
    outputs: source.outputs,
    isScores(name) {
      let node = makers.get(name);
      while (node && passes.test(node.op)) node = makers.get(node.inputs[0] ?? "");
      return /^(Log)?Softmax$/.test(node?.op ?? "");
    },
    async run(given, wanted) {
      if (wanted.length === 0) return [];
      const feeds = Object.fromEntries([
        ...[...given].map(([name, { tensor }]) => [name, tensor] as const),
        ...fresh,
      ]);
      const own = (found: tf.Tensor | tf.Tensor[]): tf.Tensor[] =>
        [found].flat().map((tensor) => tf.keep(tf.clone(tensor)));
      try {
        return tf.tidy(() => own(loaded.execute(feeds, [...wanted]))).map((tensor) => ({ tensor }));
      } catch (error) {
        // Control flow and outputs of unknown sizes run only so; anything else fails so, too.
        const found = await loaded.executeAsync(feeds, [...wanted]).then(
          (tensors) => [tensors].flat(),
          () => {
            throw error;
          },
        );
        const kept = own(found);
        const outside = new Set<tf.Tensor>(Object.values(feeds));
        tf.dispose(found.filter((tensor) => !outside.has(tensor)));
        return kept.map((tensor) => ({ tensor }));
      }
    },
    set(name, values) {
      const shape = source.shapeOf(name) ?? [values.length];
      fresh.get(name)?.dispose();
      fresh.set(name, tf.keep(tf.tensor(values, [...shape])));
    },
    dispose() {
      tf.dispose([...fresh.values()]);
      loaded.dispose();
    },
  };
}
