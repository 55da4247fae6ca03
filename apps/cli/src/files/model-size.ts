import { statSync } from "node:fs";
import type { Model } from "@prune/onnx";
import { externalDataFiles } from "@prune/onnx/node";

/** Bytes of an ONNX model's files. */
export const modelSize = (path: string, model: Model): number =>
  [path, ...externalDataFiles(model)].reduce((sum, file) => sum + statSync(file).size, 0);
