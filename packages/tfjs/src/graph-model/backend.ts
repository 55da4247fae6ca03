import { blaming, sha256 } from "@prune/backend";
import { type Backend, type Cut, openTrace, type Trace } from "@prune/graph";
import { checkShapes } from "../backend/check-shapes.js";
import { costOf, costsOf, type Macs } from "../backend/cost.js";
import { probeOf } from "../backend/probe.js";
import { removalsOf } from "../backend/removals.js";
import { concatBytes } from "../format/read-model.js";
import { modelToFiles } from "../format/write-model.js";
import type { GraphModel } from "../model.js";
import { sourceOf } from "../source.js";
import { cutGraph } from "./cut/cut-graph.js";
import { macsOf } from "./macs.js";
import { maskGraph } from "./mask-graph.js";
import type { Rules, TfNode } from "./node.js";
import { graphRules } from "./rules/rules.js";
import { type GraphModelSource, graphModelSource } from "./source.js";

export interface GraphModelOptions {
  /** Rules by NodeDef operator; extend by spreading: `{ ...graphRules, MyOp: rule }`. */
  readonly rules?: Rules;
}

export interface GraphModelBackend extends Backend<GraphModel> {
  readonly rules: Rules;
  /** The original with all that a cut removes masked: the other side of the law `cut = mask`. Shapes stay. */
  mask(model: GraphModel, trace: Trace, cut: Cut): GraphModel;
}

/** GraphModels: converted SavedModels, TensorFlow Hub modules, converted ONNX models. */
export function graphModel({ rules = graphRules }: GraphModelOptions = {}): GraphModelBackend {
  const trace = (model: GraphModel): Trace => openTrace(graphModelSource(model, rules));
  const counted = (of: Trace): Macs => {
    const { nodes } = sourceOf<GraphModelSource>(of);
    return (i, sizes) => macsOf(nodes[i] as TfNode, sizes);
  };
  return {
    name: "tfjs-graph-model",
    rules,
    trace,
    probe: (_, from) => probeOf(from),
    cut: (model, from, cut) =>
      blaming(from, cut, () => {
        const after = cutGraph(model, sourceOf<GraphModelSource>(from), from.state, cut);
        checkShapes(from, trace(after), cut);
        return after;
      }),
    mask: (model, from, cut) => maskGraph(model, sourceOf<GraphModelSource>(from), from.state, cut),
    cost: (model, from, cut) => costOf(from, counted(from), storedSize(model), cut),
    costs: (_, from, cut) => costsOf(from, counted(from), cut),
    removals: (_, from, cut) => removalsOf(from, cut),
    hash: (model) => sha256(storedBytes(model)),
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
