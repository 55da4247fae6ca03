import "@tensorflow/tfjs-layers";
import { serialization } from "@tensorflow/tfjs-core";
import { expect, test } from "vitest";
import type { LayerNode } from "../node.js";
import { dutyOf, families, layerRules, layers, recordOf } from "./layers.js";

/** What TensorFlow.js registers beside layers that a call can follow. */
const unfollowed = new Set(
  `InputLayer Model Functional Sequential RandomWidth SimpleRNNCell GRUCell LSTMCell StackedRNNCells ConvLSTM2DCell
  Adadelta Adagrad Adam Adamax Momentum RMSProp SGD Zeros Ones Constant RandomUniform RandomNormal TruncatedNormal
  Identity VarianceScaling GlorotUniform GlorotNormal HeNormal HeUniform LeCunNormal LeCunUniform Orthogonal MaxNorm
  UnitNorm NonNeg MinMaxNorm L1L2 elu selu relu relu6 linear sigmoid hardSigmoid softplus softsign tanh softmax
  logSoftmax gelu gelu_new mish swish`.split(/\s+/),
);

test("every class that TensorFlow.js registers has a record, or is named as not followed", () => {
  const names = Object.keys(serialization.SerializationMap.getMap().classNameMap);
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((kind) => layers.has(kind) === unfollowed.has(kind))).toEqual([]);
  expect([...unfollowed].filter((kind) => !names.includes(kind))).toEqual([]);
});

test("a record leaves no field out, and says what its rule does", () => {
  const fields = ["rule", "mask", "macs", "support"];
  const partial = [...layers].filter(([, record]) => !fields.every((field) => field in record));
  expect(partial.map(([kind]) => kind)).toEqual([]);
  const silent = [...layers].filter(([, { support }]) => `${support.couples}${support.freezes}` === "");
  expect(silent.map(([kind]) => kind)).toEqual([]);
});

test("no family takes another's layer", () => {
  const all = families.flatMap((family) => Object.keys(family));
  expect(all.filter((kind, i) => all.indexOf(kind) !== i)).toEqual([]);
});

test("a layer that is linear costs something", () => {
  const linear = [...layers].filter(([, record]) => record.linear);
  expect(linear.map(([kind]) => kind)).toEqual(["Dense", "Conv1D", "Conv2D", "Conv3D"]);
  expect(linear.filter(([, { macs }]) => !macs)).toEqual([]);
});

test("weights that are only added are biases, statistics and scales none of either", () => {
  const duties = (op: string, weights: string): (string | undefined)[] => {
    const inputs = ["x", ...weights.split(" ").map((name) => `${op}/${name}`)];
    const node = { op, inputs, arity: 1 } as unknown as LayerNode;
    return inputs.map((_, i) => dutyOf(node, i));
  };
  const [none, bias] = [undefined, "bias"];
  expect(duties("Dense", "kernel bias")).toEqual([none, none, bias]);
  expect(duties("BatchNormalization", "gamma beta moving_mean moving_variance")).toEqual([
    ...[none, "scale", bias, "statistic", "statistic"],
  ]);
  expect(duties("LayerNormalization", "gamma beta#2")).toEqual([none, none, bias]);
  expect(duties("MyLayer", "bias constructor")).toEqual([none, bias, none]);
  expect(duties("BatchNormalization", "constructor toString")).toEqual([none, none, none]);
});

test("a name that every object has is no layer", () => {
  for (const kind of ["constructor", "toString", "__proto__"]) {
    expect(recordOf(kind)).toBeUndefined();
    expect(Object.hasOwn(layerRules, kind)).toBe(false);
  }
});
