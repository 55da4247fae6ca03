import { shuffledBatches } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import { digits, type Images, inBatches, rawImages } from "../images.js";
import { inputOf, type Subject, top1 } from "../subject.js";

const fitted = 1024;

const digitNets = [
  "marabou/mnist2x10",
  "marabou/mnist2x5_sigmoid",
  "marabou/mnist5x20_leaky_relu",
  "marabou/robust_model_sigmoid_linear",
  "marabou/softmax-last-layer",
  "marabou/yizhak_net",
  "marabou/cnn_max_mninst2",
  "marabou/cnn_max_mninst3",
  "marabou/self-attention-mnist-pgd-medium-sim",
  "ort-examples/mnist-8",
];

/** 3,000 test digits are all there are: the first 1,024 fit, the others are reported on. */
const digitSubject = (name: string): Subject => ({
  name,
  file: `onnx/${name}.onnx`,
  async prepare(model) {
    const { name: input, shape, batch } = inputOf(model);
    const { values, labels } = digits();
    const each = shape.reduce((a, b) => a * b, 1);
    return {
      fit: shuffledBatches(input, values.subarray(0, fitted * each), shape, { batch, seed: 1 }),
      test: (net) => answersOf(net, inBatches(input, values.subarray(fitted * each), shape, batch)),
      metric: top1(labels.subarray(fitted)),
      unit: "%",
      data: "accuracy on the other 1,976 digits",
    };
  },
});

const photoNets = ["base", "wide", "deep"].flatMap((kind) => [
  `marabou/cifar10/cifar_${kind}_kw`,
  `marabou/cifar10/cifar_${kind}_kw_simp`,
]);

const photoShape = [3, 32, 32];

/** How the networks of Wong and Kolter take CIFAR-10. */
const normalised = { shape: photoShape, mean: [0.485, 0.456, 0.406], std: [0.225, 0.225, 0.225] };

const photoSubject = (name: string): Subject => ({
  name,
  file: `onnx/${name}.onnx`,
  async prepare(model) {
    const { name: input, batch } = inputOf(model);
    const train: Images = rawImages("cifar10-train", normalised);
    const test = rawImages("cifar10-test", normalised);
    return {
      fit: shuffledBatches(input, train.values, photoShape, { count: fitted, batch, seed: 1 }),
      test: (net) => answersOf(net, inBatches(input, test.values, photoShape, batch)),
      metric: top1(test.labels),
      unit: "%",
      data: "accuracy on 2,000 test images",
    };
  },
});

export const imageSubjects: readonly Subject[] = [
  ...digitNets.map(digitSubject),
  ...photoNets.map(photoSubject),
];
