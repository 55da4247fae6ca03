import * as tf from "@tensorflow/tfjs-core";
import { type Activation, callLayer } from "../layers-model/run-calls.js";
import type { LayersModelSource } from "../layers-model/source.js";
import { neededNodes } from "./needed.js";
import type { Net } from "./twin-net.js";

/** A LayersModel that runs from any activations to any others. */
export function layersNet({ lowered, outputs }: LayersModelSource): Net {
  const nodes = lowered.nodes.map((call) => ({
    call,
    inputs: call.inputs.slice(0, call.arity),
    outputs: call.outputs,
  }));
  return {
    nodes,
    inputs: lowered.inputs.map(({ name }) => name),
    outputs,
    isScores(name) {
      const made = nodes.find((node) => node.outputs.includes(name));
      return made !== undefined && (made.call.op === "Softmax" || made.call.config.activation === "softmax");
    },
    run: async (given, wanted) => {
      const known = new Map<string, Activation>(given);
      tf.tidy(() => {
        for (const { call, inputs, outputs: made } of neededNodes(nodes, given, wanted)) {
          const results = callLayer(
            call,
            inputs.map((name) => known.get(name) as Activation),
          );
          made.forEach((name, i) => {
            known.set(name, results[i] as Activation);
          });
        }
        for (const name of wanted) known.set(name, kept(known.get(name) as Activation));
      });
      return wanted.map((name) => known.get(name) as Activation);
    },
    dispose() {},
  };
}

const kept = ({ tensor, steps }: Activation): Activation => ({
  tensor: tf.keep(tf.clone(tensor)),
  ...(steps && { steps: tf.keep(tf.clone(steps)) }),
});
