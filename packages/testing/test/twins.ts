import { type Model, readModel } from "@prune/onnx";
import { weightsOf } from "@prune/testing/advanced";
import * as tf from "@tensorflow/tfjs-core";
import { input, type LayersModel, layers, model, type SymbolicTensor } from "@tensorflow/tfjs-layers";
import { floats, info, modelBytes, type NodeParts, node } from "../../onnx/test/files/build-model.js";

/** A network as PyTorch would export it: NCHW, kernels [out, in, ...], a Gemm that turns its weights. */
export function onnxTwin(): Model {
  const gemm = { attribute: [{ name: "transB", type: 2, i: 1 }] };
  const conv = (name: string, from: string, pads: number, group = 1): NodeParts =>
    node("Conv", [from, `${name}.weight`, `${name}.bias`], [name], {
      attribute: [
        { name: "pads", type: 7, ints: [pads, pads, pads, pads] },
        { name: "group", type: 2, i: group },
      ],
    });
  return readModel(
    modelBytes({
      name: "twin",
      input: [info("x", [1, 3, 8, 8])],
      output: [info("y", [1, 3])],
      initializer: Object.entries(weights).map(([name, { shape, data }]) =>
        floats(name, [...shape], Array.from(data)),
      ),
      node: [
        conv("conv1", "x", 1),
        node(
          "BatchNormalization",
          ["conv1", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var"],
          ["b"],
        ),
        node("Relu", ["b"], ["r"]),
        conv("block.conv2", "r", 1),
        node("Add", ["r", "block.conv2"], ["a"]),
        conv("dw", "a", 1, 8),
        conv("pw", "dw", 0),
        node("Relu", ["pw"], ["p"]),
        node("MaxPool", ["p"], ["m"], {
          attribute: [
            { name: "kernel_shape", type: 7, ints: [2, 2] },
            { name: "strides", type: 7, ints: [2, 2] },
          ],
        }),
        node("Flatten", ["m"], ["f"]),
        node("Gemm", ["f", "fc1.weight", "fc1.bias"], ["g"], gemm),
        node("Relu", ["g"], ["gr"]),
        node("Gemm", ["gr", "fc2.weight", "fc2.bias"], ["h"], gemm),
        node("Relu", ["h"], ["hr"]),
        node("Gemm", ["hr", "fc3.weight", "fc3.bias"], ["y"], gemm),
      ],
    }),
  );
}

export interface Stored {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const shapes: Readonly<Record<string, readonly number[]>> = {
  "conv1.weight": [8, 3, 3, 3],
  "conv1.bias": [8],
  "bn1.weight": [8],
  "bn1.bias": [8],
  "bn1.running_mean": [8],
  "bn1.running_var": [8],
  "block.conv2.weight": [8, 8, 3, 3],
  "block.conv2.bias": [8],
  "dw.weight": [8, 1, 3, 3],
  "dw.bias": [8],
  "pw.weight": [8, 8, 1, 1],
  "pw.bias": [8],
  "fc1.weight": [8, 128],
  "fc1.bias": [8],
  "fc2.weight": [8, 8],
  "fc2.bias": [8],
  "fc3.weight": [3, 8],
  "fc3.bias": [3],
};

const weights: Readonly<Record<string, Stored>> = Object.fromEntries(
  Object.entries(shapes).map(([name, shape], i) => {
    const fan = shape.slice(1).reduce((a, b) => a * b, 1);
    const data = weightsOf(i + 1, shape, fan);
    return [name, { shape, data: name.endsWith("var") ? data.map((x) => 0.5 + x * x) : data }];
  }),
);

/** The same network as Keras would save it: NHWC, kernels [..., in, out], another order of what a flatten gives. */
export function layersTwin({ rename = (name: string): string => name, width = 8 } = {}): LayersModel {
  const name = (own: string): { name: string } => ({ name: rename(own) });
  const by = (layer: layers.Layer, x: SymbolicTensor | SymbolicTensor[]): SymbolicTensor =>
    layer.apply(x) as SymbolicTensor;
  const same = { padding: "same", kernelInitializer: "zeros" } as const;
  const dense = (own: string, units: number, x: SymbolicTensor, activation: "relu" | "linear" = "relu") =>
    by(layers.dense({ ...name(own), units, activation, kernelInitializer: "zeros" }), x);

  const x = input({ shape: [8, 8, 3] });
  const first = by(layers.conv2d({ ...same, ...name("conv1"), filters: 8, kernelSize: 3 }), x);
  const r = by(layers.reLU({}), by(layers.batchNormalization({ ...name("bn1"), epsilon: 1e-5 }), first));
  const second = by(layers.conv2d({ ...same, ...name("block_conv2"), filters: 8, kernelSize: 3 }), r);
  const a = by(layers.add(), [r, second]);
  const deep = by(
    layers.depthwiseConv2d({
      ...name("dw"),
      kernelSize: 3,
      padding: "same",
      depthwiseInitializer: "zeros",
    }),
    a,
  );
  const point = by(
    layers.conv2d({ ...same, ...name("pw"), filters: 8, kernelSize: 1, activation: "relu" }),
    deep,
  );
  const f = by(layers.flatten(), by(layers.maxPooling2d({ poolSize: 2 }), point));
  const y = dense("fc3", 3, dense("fc2", 8, dense("fc1", width, f)), "linear");
  const made = model({ inputs: x, outputs: y });
  const names = Object.keys(shapes);
  if (width === 8)
    for (const layer of made.layers) layer.setWeights(names.splice(0, layer.weights.length).map(turned));
  return made;
}

/** A weight as Keras lays it out. */
function turned(name: string): tf.Tensor {
  const { shape, data } = weights[name] as Stored;
  const tensor = tf.tensor(data, [...shape]);
  if (name === "fc1.weight")
    return tf.reshape(tf.transpose(tf.reshape(tensor, [8, 8, 4, 4]), [2, 3, 1, 0]), [128, 8]);
  if (name === "dw.weight") return tf.transpose(tensor, [2, 3, 0, 1]);
  if (shape.length === 4) return tf.transpose(tensor, [2, 3, 1, 0]);
  return shape.length === 2 ? tf.transpose(tensor) : tensor;
}
