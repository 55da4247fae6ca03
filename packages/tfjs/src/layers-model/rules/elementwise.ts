import { type Labelled, Note, type Value } from "@prune/graph";
import { range, wrap } from "@prune/graph/rules";
import { type LayerRule, type LayerRules, setting, weightInput } from "../node.js";
import { activated, along } from "./contraction.js";

const same: LayerRule = (_, kit) => kit.layout(0);

const each = (names: string, rule: LayerRule): LayerRules =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** Inputs of one rank side by side; others are reshaped by the layer in ways that depend on them. */
const merge: LayerRule = (node, kit) => {
  const inputs = range(node.arity);
  const ranks = new Set(inputs.map((i) => kit.layout(i).rank));
  return ranks.size === 1 ? kit.broadcast(inputs) : kit.opaque("inputs of different ranks");
};

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

const prelu: LayerRule = (node, kit) => {
  const x = kit.layout(0);
  const labels = range(x.rank).map((d) => `d${d}`);
  const alpha = kit.own(weightInput(node, "alpha") as number) as Value;
  return kit.meet([[x, labels] as Labelled, [alpha, labels.slice(1)]], labels);
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

const masking: LayerRule = (_, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 1], "Masking looks at all features of a step", "mask");
  return x;
};

/** One cell in, one cell out. */
export const elementwise: LayerRules = {
  ...each(
    "ReLU LeakyReLU ELU ThresholdedReLU Dropout SpatialDropout1D GaussianNoise GaussianDropout AlphaDropout Rescaling",
    same,
  ),
  ...each("Add Multiply Average Maximum Minimum", merge),
  Activation: (node, kit) => activated(node, kit, kit.layout(0)),
  Softmax: softmax,
  PReLU: prelu,
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  Masking: masking,
};
