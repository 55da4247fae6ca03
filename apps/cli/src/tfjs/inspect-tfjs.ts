import { isGraphModel } from "@prune/tfjs";
import { type Inspection, inspected } from "../commands/inspect.js";
import { openTfjs } from "./open-tfjs.js";

export async function inspectTfjs(path: string): Promise<Inspection> {
  const { model, backend, trace } = await openTfjs(path);
  return {
    model: path,
    format: isGraphModel(model) ? "tfjs-graph-model" : "tfjs-layers-model",
    irVersion: null,
    opset: null,
    ...inspected(model, backend, trace),
  };
}
