import type { Rules } from "@prune/onnx";
import { availableRuntime } from "@prune/runtime-ort/node";
import type { Format } from "../format.js";
import { onnxFormat } from "../onnx/onnx-format.js";

/** ONNX models in the ONNX Runtime that is installed, onnxruntime-node before onnxruntime-web. */
export const nodeOnnx = async (rules?: Rules): Promise<Format> =>
  onnxFormat({ runtime: await availableRuntime(), ...(rules && { rules }) });
