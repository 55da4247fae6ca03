import { recordOf } from "../layers-model/layers/layers.js";
import { type LayerNode, setting, weightInput } from "../layers-model/node.js";
import type { LayersModelSource } from "../layers-model/source.js";
import type { LinearCall } from "./linear.js";
import type { Window } from "./patches.js";

/** The calls of a LayersModel that multiply by a stored kernel. */
export function layersLinears({ nodes, shapeOf }: LayersModelSource): LinearCall[] {
  return nodes.flatMap((node) => {
    const at = weightInput(node, "kernel");
    const weight = node.inputs[at ?? -1];
    const kernel = weight === undefined ? undefined : shapeOf(weight);
    const linear = recordOf(node.op)?.linear;
    if (!linear || weight === undefined || !kernel) return [];
    return [
      {
        layer: node.outputs[0] as string,
        input: node.inputs[0] as string,
        weight,
        kernel,
        turned: false,
        window: linear === "product" ? undefined : windowOf(node, kernel.slice(0, -2)),
        channelsFirst: setting<string>(node, "dataFormat", "channelsLast") === "channelsFirst",
      },
    ];
  });
}

export function windowOf(node: LayerNode, kernel: readonly number[]): Window {
  const perDim = (name: string): readonly number[] => {
    const value = setting<number | readonly number[]>(node, name, 1);
    return typeof value === "number" ? kernel.map(() => value) : kernel.map((_, i) => value[i] ?? 1);
  };
  const padding = setting<string>(node, "padding", "valid");
  // The only other one, "causal", pads in front alone.
  const causal = kernel.map((k, i) => [(k - 1) * (perDim("dilationRate")[i] as number), 0] as const);
  return {
    kernel,
    strides: perDim("strides"),
    dilations: perDim("dilationRate"),
    pads: padding === "same" || padding === "valid" ? padding : causal,
  };
}
