import { CliError } from "../errors.js";

/** TensorFlow.js models are known by their model.json; anything else is ONNX. */
export const isTfjs = (path: string): boolean => path.toLowerCase().endsWith(".json");

export function refuseLossless(): never {
  throw new CliError("bad-option", { option: "--lossless", why: "it needs an ONNX model" });
}
