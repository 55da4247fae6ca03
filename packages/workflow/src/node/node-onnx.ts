import { nodeRuntime } from "@prune/runtime-ort/node";
import type { Format } from "../format.js";
import { onnxFormat } from "../onnx/onnx-format.js";

/** ONNX models in onnxruntime-node. */
export const nodeOnnx = (): Format => onnxFormat({ runtime: nodeRuntime() });
