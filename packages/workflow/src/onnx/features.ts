import type { Feature } from "../format.js";

/** What ONNX models can be asked for besides what every format can. */
export const onnxFeatures: ReadonlySet<Feature> = new Set([
  "mask",
  "measured-budgets",
  "latency",
  "keep",
  "allocation",
  "data-free",
  "lossless",
  "lead",
  "logits",
  "activations",
  "gradients",
  "curvature",
  "training",
  "io",
  "norms",
  "depth",
  "basis",
]);
