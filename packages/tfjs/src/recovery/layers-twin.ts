import type { Skipped } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { layersLinears, windowOf } from "../activations/layers-linears.js";
import type { LinearCall } from "../activations/linear.js";
import { layerRules } from "../layers-model/layers/layers.js";
import { type LiveLayer, live } from "../layers-model/live.js";
import type { LayersModel } from "../layers-model/loaded.js";
import { channelDim, type LayerNode, setting, weightInput, weightName } from "../layers-model/node.js";
import { rebuild } from "../layers-model/rebuild.js";
import { type LayersModelSource, layersModelSource } from "../layers-model/source.js";
import { layersNet } from "./layers-net.js";
import { clipOf, layersStep } from "./layers-steps.js";
import type { Linear } from "./linear.js";
import { readersOf } from "./readers.js";
import type { RefitNet, TwinNet } from "./twin-net.js";

/** A LayersModel as recovery looks at it. */
export const layersTwin = (model: LayersModel): TwinNet => twinOf(layersModelSource(live(model), layerRules));

function twinOf(source: LayersModelSource): TwinNet {
  const byOutput = new Map(source.nodes.map((node) => [node.outputs[0] as string, node]));
  return {
    ...layersNet(source),
    ...linearsOf(source),
    step(node, input) {
      const found = byOutput.get(node.outputs[0] as string);
      return found && layersStep(source, found, input);
    },
    values: (name) => valuesOf(source, name),
  };
}

const valuesOf = ({ lowered }: LayersModelSource, name: string): Float32Array =>
  Float32Array.from(lowered.variables.get(name)?.read().dataSync() ?? []);

function linearsOf(source: LayersModelSource): Pick<TwinNet, "linears" | "others"> {
  const calls = new Map(layersLinears(source).map((call) => [call.layer, call]));
  const readers = readersOf(source.nodes);
  const others: Skipped[] = [];
  const linears = source.nodes.flatMap((node): Linear[] => {
    const layer = node.outputs[0] as string;
    const call = calls.get(layer);
    const skip = (reason: string): [] => {
      others.push({ layer, reason });
      return [];
    };
    const hasKernel = node.inputs.some((_, i) => /kernel$/.test(weightName(node, i) ?? ""));
    const found = call ?? depthwiseOf(source, node);
    if (!found) return hasKernel ? skip(`${node.op} is not refitted`) : [];
    if ((readers.get(found.weight)?.length ?? 0) > 1) return skip("several calls share its weights");
    const activation = setting<string>(node, "activation", "linear");
    return [
      {
        ...found,
        depthwise: !call,
        bias: node.inputs[weightInput(node, "bias") ?? -1],
        clip: clipOf(activation),
        sums: activation === "linear" ? layer : undefined,
      },
    ];
  });
  return { linears, others };
}

function depthwiseOf({ shapeOf }: LayersModelSource, node: LayerNode): LinearCall | undefined {
  const weight = node.inputs[weightInput(node, "depthwise_kernel") ?? -1];
  const kernel = weight === undefined ? undefined : shapeOf(weight);
  if (node.op !== "DepthwiseConv2D" || weight === undefined || !kernel) return undefined;
  // tfjs 4.22 runs this layer without its dilations.
  const window = { ...windowOf(node, kernel.slice(0, -2)), dilations: [1, 1] };
  const [layer, input] = [node.outputs[0] as string, node.inputs[0] as string];
  return { layer, input, weight, kernel, turned: false, window, channelsFirst: channelDim(node, 4) === 1 };
}

/** A LayersModel whose layers take new weights: a copy, with a bias in every layer that is linear. */
export function layersRefit(model: LayersModel): RefitNet<LayersModel> {
  const before = layersModelSource(live(model), layerRules);
  const linear = new Set(linearsOf(before).linears.map(({ layer }) => layer));
  const edits = new Map<LiveLayer, Record<string, unknown>>();
  for (const node of before.nodes)
    if (linear.has(node.outputs[0] as string) && weightInput(node, "bias") === undefined)
      edits.set(node.layer, { useBias: true });
  const copy = rebuild(live(model), edits, () => undefined) as unknown as LayersModel;
  const source = layersModelSource(live(copy), layerRules);
  const set = (name: string, data: Float32Array): void => {
    const tensor = tf.tensor(data, [...(source.shapeOf(name) ?? [])]);
    source.lowered.variables.get(name)?.read().assign(tensor);
    tensor.dispose();
  };
  let isRefitted = false;
  let isGiven = false;
  return {
    ...twinOf(source),
    held: (_, weights) => weights,
    assign({ weight, bias }, weights) {
      set(weight, weights.kernel);
      set(bias as string, weights.bias);
      isRefitted = true;
    },
    model() {
      isGiven ||= isRefitted;
      return isRefitted ? copy : model;
    },
    dispose() {
      if (!isGiven) copy.dispose();
    },
  };
}
