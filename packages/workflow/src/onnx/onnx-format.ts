import { type GraphEdit, type Model, onnx, type Rules } from "@prune/onnx";
import type { OrtRuntime } from "@prune/runtime-ort";
import type { Feature, Format } from "../format.js";
import { openOnnx } from "./open-onnx.js";

export interface OnnxFormatOptions {
  /** What models run in: `ortRuntime(ort)` of `@prune/runtime-ort`, or `nodeRuntime()` of its `/node`. */
  readonly runtime: OrtRuntime;
  /** Operator rules of your own. @default the rules of `@prune/onnx` */
  readonly rules?: Rules;
}

const features: ReadonlySet<Feature> = new Set([
  "mask",
  "measured-budgets",
  "latency",
  "keep",
  "allocation",
  "data-free",
  "lossless",
  "logits",
  "activations",
]);

/** ONNX models, run by an ONNX Runtime. */
export function onnxFormat({ runtime, rules }: OnnxFormatOptions): Format<Model, GraphEdit> {
  const backend = onnx(rules && { rules });
  return {
    name: "onnx",
    features,
    reads: (path) => !path.toLowerCase().endsWith(".json"),
    open: (path, store) => openOnnx(path, store, { backend, runtime }),
  };
}
