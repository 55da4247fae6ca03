import type { Model } from "@prune/onnx";

/** Inputs of a model that are no stored values. */
export const fedInputs = ({ graph }: Model): Model["graph"]["inputs"] =>
  graph.inputs.filter(({ name }) => !graph.initializers.has(name));
