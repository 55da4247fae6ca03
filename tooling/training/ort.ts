import { createRequire } from "node:module";
import type { TrainingOrt } from "@prune/training/advanced";

/** onnxruntime-node, which the packages that run models depend on and the repository's root does not. */
export const ort: TrainingOrt = createRequire(
  new URL("../../packages/training/package.json", import.meta.url),
)("onnxruntime-node");
