import type { Backend, Cut, Trace } from "@prune/graph";
import { checkTaken, type SizeOptions } from "@prune/graph/advanced";
import { backendOf } from "../backend/backend.js";
import { concatBytes } from "../format/read-model.js";
import { modelToFiles } from "../format/write-model.js";
import type { GraphModel } from "../model.js";
import { sourceOf } from "../source.js";
import { cutGraph } from "./cut/cut-graph.js";
import { createDraft } from "./cut/draft.js";
import { macsOf } from "./macs.js";
import { maskGraph } from "./mask/mask-graph.js";
import type { GraphModelRules, TfNode } from "./node.js";
import { compensate, type Norms } from "./norms/compensate.js";
import { graphRules } from "./operators/operators.js";
import { type GraphModelSource, graphModelSource } from "./source.js";

/** How GraphModels are traced and counted. */
export interface GraphModelOptions extends SizeOptions {
  /** Rules by NodeDef operator; extend by spreading: `{ ...graphRules, MyOp: rule }`. */
  readonly rules?: GraphModelRules;
  /** What norms and means over a cut axis take their statistics over. @default "live" */
  readonly norms?: Norms;
}

/**
 * The backend of GraphModels: a `Backend` whose cuts write the constants and attributes of a TensorFlow graph.
 */
export interface GraphModelBackend extends Backend<GraphModel> {
  readonly rules: GraphModelRules;
  readonly norms: Norms;
  /** Nodes that take statistics over positions that a cut removes: what `norms` makes a difference to. */
  normsOver(model: GraphModel, trace: Trace, cut: Cut): readonly string[];
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. Shapes stay. */
  mask(model: GraphModel, trace: Trace, cut: Cut): GraphModel;
}

/** GraphModels: converted SavedModels, TensorFlow Hub modules, converted ONNX models. */
export function graphModel(options: GraphModelOptions = {}): GraphModelBackend {
  const { rules = graphRules, norms = "live", ...at } = options;
  checkTaken("graphModel", options, {
    ...{ rules: [], norms: ["live", "masked"], sizes: [], sampleSizes: [] },
  });
  const backend = backendOf<GraphModel, TfNode, GraphModelSource>(
    {
      name: "tfjs-graph-model",
      source: (model) => graphModelSource(model, rules),
      macs: macsOf,
      cut: (model, source, trace, cut) => cutGraph(model, source, trace, cut, norms),
      size: storedSize,
      content: storedBytes,
    },
    at,
  );
  return {
    ...backend,
    rules,
    norms,
    ...(norms === "masked" && { form: { norms } }),
    normsOver: (model, from, cut) =>
      compensate(sourceOf<GraphModelSource>(from), from, cut, createDraft(model)),
    mask: (model, from, cut) => maskGraph(model, sourceOf<GraphModelSource>(from), from, cut, norms),
  };
}

/** The topology and the weights with what describes them, however they are spread over files. */
function storedBytes(model: GraphModel): Uint8Array {
  const { json, shards } = modelToFiles(model);
  const entries = json.weightsManifest.flatMap(({ weights }) => weights);
  const text = new TextEncoder().encode(JSON.stringify([json.modelTopology, entries]));
  return concatBytes([text, ...shards.map(({ bytes }) => bytes)]);
}

function storedSize(model: GraphModel): number {
  const { json, shards } = modelToFiles(model);
  const text = new TextEncoder().encode(JSON.stringify(json));
  return shards.reduce((n, { bytes }) => n + bytes.length, text.length);
}
