import type { Options } from "tsup";

/**
 * Node programs: ESM only, no types. Everything but native code (sharp, onnxruntime) and TensorFlow.js, which only some runs load, is bundled
 * and minified, which starts several times faster than loading hundreds of modules; `require` serves the CommonJS among
 * them.
 */
const app: Options = {
  format: ["esm"],
  target: "node20",
  noExternal: [/^(?!node:|onnxruntime-node|sharp|@tensorflow\/)/],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  minify: true,
  splitting: true,
  clean: true,
  tsconfig: "../../tooling/tsup/tsconfig.json",
};

export default app;
