import { badOption } from "../errors.js";
import type { Format } from "../format.js";
import { onnxFeatures } from "../onnx/features.js";
import { isTfjs, tfjsFeatures } from "../tfjs/features.js";

/** A format whose code is loaded with its first model. */
function lazy(known: Pick<Format, "name" | "features" | "reads">, load: () => Promise<Format>): Format {
  let loaded: Promise<Format> | undefined;
  const format = (): Promise<Format> => (loaded ??= load());
  return {
    ...known,
    open: async (path, store, job) => (await format()).open(path, store, job),
    evaluate: async (path, files, how, store, job) => (await format()).evaluate(path, files, how, store, job),
    async bench(paths, how, store) {
      const { name, bench } = await format();
      if (!bench) throw badOption("seconds", `${name} models can't be timed beside each other`);
      return bench(paths, how, store);
    },
  };
}

/** All formats, each in its runtime of Node; loading one loads nothing of the others. */
export const nodeFormats = (): readonly Format[] => [
  lazy({ name: "tfjs", features: tfjsFeatures, reads: isTfjs }, async () =>
    (await import("./node-tfjs.js")).nodeTfjs(),
  ),
  lazy({ name: "onnx", features: onnxFeatures, reads: (path) => !isTfjs(path) }, async () =>
    (await import("./node-onnx.js")).nodeOnnx(),
  ),
];
