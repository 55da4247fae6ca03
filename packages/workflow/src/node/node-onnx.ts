import { availableRuntime } from "@prune/runtime-ort/node";
import type { Format } from "../format.js";
import { type OnnxFormatOptions, onnxFormat } from "../onnx/onnx-format.js";

/** ONNX models in the ONNX Runtime that is installed, onnxruntime-node before onnxruntime-web. */
export const nodeOnnx = async (own: Omit<OnnxFormatOptions, "runtime"> = {}): Promise<Format> =>
  onnxFormat({ runtime: await availableRuntime(), ...own });
