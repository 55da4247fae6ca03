import { type Labelled, Note } from "@prune/graph/advanced";
import { range, says, wrap } from "@prune/graph/rules";
import { layerNorm as livingNorm } from "../mask/norm.js";
import { type LayerRule, setting, weightInput } from "../node.js";
import { along } from "./contraction.js";
import { bare, type LayerTable } from "./record.js";

const softmax: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const axes = [setting<number | readonly number[]>(node, "axis", -1)].flat();
  kit.pin(
    x,
    axes.map((d) => wrap(d, x.rank)),
    "softmax runs along the axis",
    "softmax",
  );
  return x;
};

const batchNorm: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(setting(node, "axis", -1), x.rank);
  return along(node, kit, x, axis, ["gamma", "beta", "moving_mean", "moving_variance"]);
};

const layerNorm: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const axes = [setting<number | readonly number[]>(node, "axis", -1)].flat().map((d) => wrap(d, x.rank));
  kit.note(x, axes, Note.norm);
  const labels = range(x.rank).map((d) => `d${d}`);
  return ["gamma", "beta"].reduce((y, name) => {
    const input = weightInput(node, name);
    const value = input === undefined ? undefined : kit.own(input);
    return value
      ? kit.meet([[y, labels] as Labelled, [value, axes.map((d) => labels[d] as string)]], labels)
      : y;
  }, x);
};

/** Layers that normalise. */
export const norm: LayerTable = {
  Softmax: { ...bare, rule: softmax, support: says("output with input", "the axis it runs along") },
  BatchNormalization: {
    ...bare,
    rule: batchNorm,
    support: says("channels with scale, shift, mean and variance"),
    duties: { gamma: "scale" },
  },
  LayerNormalization: {
    ...bare,
    rule: layerNorm,
    mask: livingNorm,
    support: says("input with scale and shift; statistics run over what is left"),
  },
};
