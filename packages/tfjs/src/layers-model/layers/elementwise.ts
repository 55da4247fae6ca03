import { joining, range, says } from "@prune/graph/rules";
import { type LayerRule, weightInput } from "../node.js";
import { activated } from "./contraction.js";
import { alike, bare, type LayerTable } from "./record.js";

const same: LayerRule = (_, kit) => kit.layout(0);

/** Inputs of one rank side by side; others are reshaped by the layer in ways that depend on them. */
const merge: LayerRule = (node, kit) => {
  const inputs = range(node.arity);
  const ranks = new Set(inputs.map((i) => kit.layout(i).rank));
  return ranks.size === 1 ? kit.broadcast(inputs) : kit.opaque("inputs of different ranks");
};

const sloped = joining("n ..., ... -> n ...");

const prelu: LayerRule = (node, kit) => {
  const alpha = kit.own(weightInput(node, "alpha") as number);
  return sloped(kit, [kit.layout(0), alpha]);
};

const masking: LayerRule = (_, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 1], "Masking looks at all features of a step", "mask");
  return x;
};

const cell = { ...bare, rule: same, support: says("output with input, position by position") } as const;

/** One cell in, one cell out, and inputs side by side. */
export const elementwise: LayerTable = {
  ...alike("ReLU LeakyReLU ELU ThresholdedReLU Dropout SpatialDropout1D GaussianNoise GaussianDropout", cell),
  ...alike("AlphaDropout Rescaling", cell),
  ...alike("Add Multiply Average Maximum Minimum", {
    ...bare,
    rule: merge,
    support: says("all inputs, position by position, as they broadcast", "inputs of different ranks"),
    inputs: 2,
  }),
  Activation: {
    ...cell,
    rule: (node, kit) => activated(node, kit, kit.layout(0)),
    support: says("output with input, position by position", "the axis that a softmax runs along"),
  },
  PReLU: { ...cell, rule: prelu, support: says("positions with their slopes") },
  Masking: {
    ...cell,
    rule: masking,
    support: says("output with input", "features, of which all say whether a step counts"),
  },
};
