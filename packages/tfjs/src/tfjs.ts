import type { Backend, Cut, Trace } from "@prune/graph";
import { type GraphModelBackend, graphModel } from "./graph-model/backend.js";
import type { Rules } from "./graph-model/node.js";
import { type LayersModelBackend, layersModel } from "./layers-model/backend.js";
import type { LayersModel } from "./layers-model/loaded.js";
import type { LayerRules } from "./layers-model/node.js";
import type { GraphModel } from "./model.js";

/** What this package prunes: a GraphModel as read, or a tf.LayersModel in memory. */
export type TfjsModel = GraphModel | LayersModel;

export interface TfjsOptions {
  /** Rules by NodeDef operator, for GraphModels: `{ ...graphRules, MyOp: rule }`. */
  readonly graphRules?: Rules;
  /** Rules by layer class, for LayersModels: `{ ...layerRules, MyLayer: rule }`. */
  readonly layerRules?: LayerRules;
}

/** The TensorFlow.js backend: both kinds of models. `graphModel()` and `layersModel()` are its halves. */
export function tfjs(options: TfjsOptions = {}): Backend<TfjsModel> {
  const graph: GraphModelBackend = graphModel(options.graphRules && { rules: options.graphRules });
  const layers: LayersModelBackend = layersModel(options.layerRules && { rules: options.layerRules });
  const of = (model: TfjsModel): Backend<TfjsModel> =>
    (isGraphModel(model) ? graph : layers) as unknown as Backend<TfjsModel>;
  return {
    name: "tfjs",
    trace: (model) => of(model).trace(model),
    probe: (model, trace) => of(model).probe(model, trace),
    cut: (model, trace: Trace, cut: Cut) => of(model).cut(model, trace, cut),
    cost: (model, trace, cut) => of(model).cost(model, trace, cut),
    costs: (model, trace, cut) => of(model).costs(model, trace, cut),
    removals: (model, trace, cut) => of(model).removals(model, trace, cut),
    hash: (model) => of(model).hash(model),
  };
}

export const isGraphModel = (model: TfjsModel): model is GraphModel => "json" in model && "graph" in model;
