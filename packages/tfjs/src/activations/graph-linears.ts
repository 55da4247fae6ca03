import { channelDim, flag, ints, spatialDims, type TfNode, text } from "../graph-model/node.js";
import { recordOf } from "../graph-model/operators/operators.js";
import type { GraphModelSource } from "../graph-model/source.js";
import type { LinearCall } from "./linear.js";
import type { Window } from "./patches.js";

/** The nodes of a GraphModel that multiply by a stored kernel. */
export function graphLinears({ nodes, isConstant, shapeOf }: GraphModelSource): LinearCall[] {
  return nodes.flatMap((node) => {
    const [input, weight] = node.inputs as [string, string | undefined];
    const kernel = weight === undefined || isConstant(input) ? undefined : shapeOf(weight);
    if (!kernel || weight === undefined) return [];
    const form = formOf(node, kernel);
    return form ? [{ layer: node.outputs[0] as string, input, weight, kernel, ...form }] : [];
  });
}

type Form = Pick<LinearCall, "turned" | "window" | "channelsFirst">;

function formOf(node: TfNode, kernel: readonly number[]): Form | undefined {
  const linear = recordOf(node)?.linear;
  if (linear === "product") {
    const turned = flag(node, "transpose_b") || flag(node, "adj_y");
    const other = flag(node, "transpose_a") || flag(node, "adj_x");
    return other || kernel.length !== 2 ? undefined : { turned, window: undefined, channelsFirst: false };
  }
  if (linear !== "window") return undefined;
  const rank = kernel.length;
  return { turned: false, window: windowOf(node, kernel), channelsFirst: channelDim(node, rank) === 1 };
}

export function windowOf(node: TfNode, kernel: readonly number[]): Window {
  const dims = spatialDims(node, kernel.length);
  const perDim = (name: string): readonly number[] => dims.map((d) => ints(node, name)?.[d] ?? 1);
  const explicit = ints(node, "explicit_paddings") ?? [];
  const padding = text(node, "padding", "VALID");
  return {
    kernel: kernel.slice(0, -2),
    strides: perDim("strides"),
    dilations: perDim("dilations"),
    pads:
      padding === "SAME"
        ? "same"
        : padding === "VALID"
          ? "valid"
          : dims.map((d) => [explicit[2 * d] ?? 0, explicit[2 * d + 1] ?? 0] as const),
  };
}
