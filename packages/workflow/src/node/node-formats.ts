import type { OnnxBackend, Rules } from "@prune/onnx";
import { badOption, WorkflowError } from "../errors.js";
import type { Format } from "../format.js";
import { onnxFeatures } from "../onnx/features.js";
import { isTfjs, tfjsFeatures } from "../tfjs/features.js";

/** A format whose code is loaded with its first model, by `load`, which is told the model for its messages. */
function lazy(
  known: Pick<Format, "name" | "features" | "reads">,
  load: (path: string) => Promise<Format>,
): Format {
  let loaded: Promise<Format> | undefined;
  const format = (path: string): Promise<Format> => {
    loaded ??= load(path).catch((error: unknown) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
  return {
    ...known,
    open: async (path, store, job, how) => (await format(path)).open(path, store, job, how),
    evaluate: async (path, files, how, store, job) =>
      (await format(path)).evaluate(path, files, how, store, job),
    async bench(paths, how, store) {
      const { name, bench } = await format(paths[0]);
      if (!bench) throw badOption("seconds", `${name} models can't be timed beside each other`);
      return bench(paths, how, store);
    },
  };
}

/** What TensorFlow.js models are read and run by; tfjs-layers is only for LayersModels, and asked for with the others. */
const packages = ["core", "converter", "layers", "backend-cpu", "backend-wasm"]
  .map((name) => `@tensorflow/tfjs-${name}@4`)
  .join(" ");

/** Whether it was a package of TensorFlow.js that could not be found. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  /^(ERR_)?MODULE_NOT_FOUND$/.test((error as NodeJS.ErrnoException).code ?? "") &&
  error.message.includes("@tensorflow/");

/** What ONNX operators are traced by. */
export interface NodeFormatsOptions {
  /** Rules of your own for ONNX operators; spread: `{ ...rules, "my.domain:Op": rule }`. @default those of `@prune/onnx` */
  readonly rules?: Rules | undefined;
  /** A backend of your own for ONNX models, in place of rules: see `extendBackend` of `@prune/onnx`. @default onnx({ rules }) */
  readonly backend?: OnnxBackend | undefined;
}

/** All formats, each in its runtime of Node; loading one loads nothing of the others. */
export const nodeFormats = (own: NodeFormatsOptions = {}): readonly Format[] => [
  lazy({ name: "tfjs", features: tfjsFeatures, reads: isTfjs }, async (path) => {
    const { nodeTfjs } = await import("./node-tfjs.js").catch((error: unknown) => {
      throw isMissing(error)
        ? new WorkflowError("tfjs-missing", { path, packages }, { cause: error })
        : error;
    });
    return nodeTfjs();
  }),
  lazy({ name: "onnx", features: onnxFeatures, reads: (path) => !isTfjs(path) }, async () =>
    (await import("./node-onnx.js")).nodeOnnx(own),
  ),
];
