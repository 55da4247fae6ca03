import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-backend-wasm";
import { registerTrainingKernels } from "@prune/tfjs/wasm";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import type { Format } from "../format.js";
import { tfjsFormat } from "../tfjs/tfjs-format.js";

/** TensorFlow.js models in wasm, or in plain JavaScript if that lacks a kernel. */
export const nodeTfjs = (): Format =>
  tfjsFormat({ loadGraphModel, backends: ["wasm", "cpu"], prepareGradients: registerTrainingKernels });
