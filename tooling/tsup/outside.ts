/**
 * What a bundled Node program loads from its installation, as patterns of esbuild: native code, TensorFlow.js, which only
 * some runs load, what is installed only where it can be (optional dependencies), and a pool that starts threads from
 * files of its own.
 */
export const outside = [
  "onnxruntime-*",
  "@tensorflow/*",
  "@huggingface/tokenizers",
  "sharp",
  "jiti",
  "tinypool",
  "bullmq",
  "ioredis",
  "pg",
  "aws4fetch",
];

/** Gives the CommonJS among what is bundled into ES modules its `require`. */
export const requireBanner = {
  js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
};
