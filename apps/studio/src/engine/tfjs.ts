import "@tensorflow/tfjs-backend-cpu";
import type { Format } from "@prune/workflow";
import { tfjsFormat } from "@prune/workflow/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";

/** TensorFlow.js models, run by its plain backend, which has every kernel. */
export const tfjsInBrowser = (): Format => tfjsFormat({ loadGraphModel, backends: ["cpu"] });
