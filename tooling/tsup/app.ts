import type { Options } from "tsup";
import { notices } from "./notices.js";

/**
 * Node programs: ESM only, no types. Everything but native code and TensorFlow.js, which only some runs load, is bundled
 * and minified, which starts several times faster than loading hundreds of modules; `require` serves the CommonJS among
 * them. What is installed only where it can be (optional dependencies) has to be named as external, and so has a pool that
 * starts threads from files of its own.
 */
const app: Options = {
  format: ["esm"],
  target: "node20",
  external: [
    /^onnxruntime-/,
    /^@tensorflow\//,
    "sharp",
    "jiti",
    "tinypool",
    "bullmq",
    "ioredis",
    "pg",
    "aws4fetch",
  ],
  noExternal: [/^(?!node:|onnxruntime-|sharp|jiti|tinypool|bullmq|ioredis|pg$|aws4fetch|@tensorflow\/)/],
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  removeNodeProtocol: false,
  minify: true,
  splitting: true,
  clean: true,
  esbuildPlugins: [notices],
  tsconfig: "../../tooling/tsup/tsconfig.json",
};

export default app;
