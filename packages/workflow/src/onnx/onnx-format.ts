import type { SizesByName } from "@prune/graph";
import { type FreeEnds, type GraphEdit, type Model, type OnnxBackend, onnx, type Rules } from "@prune/onnx";
import type { OrtRuntime } from "@prune/runtime-ort";
import type { Format } from "../format.js";
import { onnxFeatures } from "./features.js";
import { openOnnx } from "./open-onnx.js";
import { benched, evaluated, sourceAt } from "./run-models.js";

export interface OnnxFormatOptions {
  /** What models run in: `ortRuntime(ort)` of `@prune/runtime-ort`, or `nodeRuntime()` of its `/node`. */
  readonly runtime: OrtRuntime;
  /** Operator rules of your own. @default the rules of `@prune/onnx` */
  readonly rules?: Rules;
}

/** ONNX models, run by an ONNX Runtime. */
export function onnxFormat({ runtime, rules }: OnnxFormatOptions): Format<Model, GraphEdit> {
  const backendOf = (io: FreeEnds | undefined, sizes: SizesByName): OnnxBackend =>
    onnx({ ...(rules && { rules }), io, sizes });
  return {
    name: "onnx",
    features: onnxFeatures,
    reads: (path) => !path.toLowerCase().endsWith(".json"),
    open: (path, store, _, { io, sizes = {} } = {}) =>
      openOnnx(path, store, { backend: backendOf(io, sizes), runtime, sizes }),
    evaluate: async (path, files, how, store, job) =>
      evaluated(await sourceAt(path, store, runtime), files, how, { store, runtime, job }),
    async bench([model, smaller], how, store) {
      const sources = [
        await sourceAt(model, store, runtime),
        await sourceAt(smaller, store, runtime),
      ] as const;
      return benched(sources, how, runtime);
    },
  };
}
