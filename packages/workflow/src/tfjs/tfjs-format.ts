import type { SizesByName } from "@prune/graph";
import { type TfjsBackend, type TfjsModel, type TfjsOptions, tfjs } from "@prune/tfjs";
import type { Format } from "../format.js";
import { benched } from "./bench.js";
import { evaluated } from "./evaluate.js";
import { isTfjs, tfjsFeatures } from "./features.js";
import { openTfjs } from "./open-tfjs.js";
import type { TfjsRuntime } from "./tfjs-runtime.js";

/** What TensorFlow.js models run in and are traced by. */
export interface TfjsFormatOptions extends Pick<TfjsOptions, "graphRules" | "layerRules"> {
  /** `loadGraphModel` of `@tensorflow/tfjs-converter`: what GraphModels are run by. */
  readonly loadGraphModel: TfjsRuntime["loadGraphModel"];
  /**
   * Backends that are imported, best first; the last must have all kernels. @default ["cpu"]
   */
  readonly backends?: readonly string[];
  /** Registers kernels that gradients need: `registerTrainingKernels` of `@prune/tfjs/wasm`. */
  readonly prepareGradients?: () => void;
}

/** TensorFlow.js models, GraphModels and LayersModels, run by the backends that are imported. */
export function tfjsFormat(options: TfjsFormatOptions): Format<TfjsModel, TfjsModel> {
  const { loadGraphModel, backends = ["cpu"], prepareGradients, graphRules, layerRules } = options;
  const rules = { ...(graphRules && { graphRules }), ...(layerRules && { layerRules }) };
  const backend = (sizes: SizesByName): TfjsBackend => tfjs({ ...rules, sizes });
  const runtime: TfjsRuntime = { loadGraphModel, backends, prepareGradients };
  return {
    name: "tfjs",
    features: tfjsFeatures,
    reads: isTfjs,
    open: (path, store, _, { sizes = {} } = {}) =>
      openTfjs(path, store, { backend: backend(sizes), runtime, sizes }),
    async evaluate(path, files, how, store, job) {
      const { model, trace } = await openTfjs(path, store, { backend: backend({}), runtime, sizes: {} });
      return evaluated({ model, trace, runtime }, files, how, store, job);
    },
    async bench([path, other], how, store) {
      const { sizes = {} } = how;
      const original = await openTfjs(path, store, { backend: backend(sizes), runtime, sizes });
      const { model, trace } = original;
      // Refuses sizes of what the model does not leave open.
      if (Object.keys(sizes).length > 0) original.backend.cost(model, trace);
      const smaller = await openTfjs(other, store, { backend: backend({}), runtime, sizes: {} });
      return benched({ model, trace, runtime }, smaller, how);
    },
  };
}
