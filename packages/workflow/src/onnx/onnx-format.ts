import type { SizesByName } from "@prune/graph";
import { type GraphEdit, type Model, type OnnxBackend, onnx, type Rules } from "@prune/onnx";
import type { FreeEnds } from "@prune/onnx/advanced";
import type { OrtRuntime } from "@prune/runtime-ort";
import { badOption } from "../errors.js";
import type { Format } from "../format.js";
import { onnxFeatures } from "./features.js";
import { openOnnx } from "./open-onnx.js";
import { benched, evaluated, sourceAt } from "./run-models.js";

/** What ONNX models run in and are traced by. */
export interface OnnxFormatOptions {
  /** What models run in: `ortRuntime(ort)` of `@prune/runtime-ort`, or `nodeRuntime()` of its `/node`. */
  readonly runtime: OrtRuntime;
  /** Operator rules of your own. @default the rules of `@prune/onnx` */
  readonly rules?: Rules | undefined;
  /** A backend of your own, which has its rules: see `extendBackend` of `@prune/onnx`. @default onnx({ rules }) */
  readonly backend?: OnnxBackend | undefined;
}

/** ONNX models, run by an ONNX Runtime. */
export function onnxFormat({ runtime, rules, backend }: OnnxFormatOptions): Format<Model, GraphEdit> {
  if (rules && backend) throw badOption("rules", "a {backend} has rules of its own; give them to it");
  const backendOf = (io: FreeEnds | undefined, sizes: SizesByName): OnnxBackend =>
    backend ? sized(backend, io, sizes) : onnx({ ...(rules && { rules }), io, sizes });
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

/** A given backend at these sizes. What it can't be told after it was made is refused, and so is one that forgets its parts. */
function sized(backend: OnnxBackend, io: FreeEnds | undefined, sizes: SizesByName): OnnxBackend {
  if (io !== undefined)
    throw badOption(
      "io",
      "a {backend} traces as it was made to; say it there, `onnx({ io })`, or leave one out",
    );
  const made = backend.withSizes({ sizes });
  if (made.name !== backend.name || made.withNorms("live").name !== backend.name)
    throw badOption(
      "backend",
      `what withSizes and withNorms of "${backend.name}" give is another backend; make it by \`extendBackend\` of @prune/onnx`,
    );
  return made;
}
