import type { Backend, Cut, Trace } from "@prune/graph";
import {
  checkTaken,
  type SizeOptions,
  type Steps,
  stepsBehind,
  type Taken,
  wholeOf,
} from "@prune/graph/advanced";
import { type GraphModelBackend, graphModel } from "./graph-model/backend.js";
import type { GraphModelRules } from "./graph-model/node.js";
import type { Norms } from "./graph-model/norms/compensate.js";
import { type LayersModelBackend, layersModel } from "./layers-model/backend.js";
import type { LayersModel } from "./layers-model/loaded.js";
import type { LayerRules } from "./layers-model/node.js";
import type { GraphModel } from "./model.js";

/** What this package prunes: a GraphModel as read, or a tf.LayersModel in memory. */
export type TfjsModel = GraphModel | LayersModel;

/** How models of either format are traced and counted. */
export interface TfjsOptions extends SizeOptions {
  /** Rules by NodeDef operator, for GraphModels: `{ ...graphRules, MyOp: rule }`. */
  readonly graphRules?: GraphModelRules;
  /** Rules by layer class, for LayersModels: `{ ...layerRules, MyLayer: rule }`. */
  readonly layerRules?: LayerRules;
  /** What norms and means of GraphModels over a cut axis take their statistics over. @default "live" */
  readonly norms?: Norms;
}

/** Both kinds of models. */
export interface TfjsBackend extends Backend<TfjsModel> {
  readonly norms: Norms;
  /** The same with other norms, for GraphModels; a LayersModel has no layers that could compute them. */
  withNorms(norms: Norms): TfjsBackend;
  /** The same, whose costs are counted at these sizes of what models leave open; it takes this one's traces. */
  withSizes(at: SizeOptions): TfjsBackend;
  /** Nodes of a GraphModel that take statistics over positions that a cut removes. */
  normsOver(model: TfjsModel, trace: Trace, cut: Cut): readonly string[];
  /** A GraphModel with all that a cut removes masked. */
  mask(model: GraphModel, trace: Trace, cut: Cut): GraphModel;
}

/** Both halves trace in steps. */
type Tracing = (model: TfjsModel) => Steps<Trace>;

const taken: Taken<TfjsOptions> = {
  ...{ graphRules: [], layerRules: [], norms: ["live", "masked"], sizes: [], sampleSizes: [] },
};

/** The TensorFlow.js backend: both kinds of models. `graphModel()` and `layersModel()` are its halves. */
export function tfjs(options: TfjsOptions = {}): TfjsBackend {
  checkTaken("tfjs", options, taken);
  const { graphRules, layerRules, norms = "live", ...at } = options;
  const graph: GraphModelBackend = graphModel({ norms, ...at, ...(graphRules && { rules: graphRules }) });
  const layers: LayersModelBackend = layersModel({ ...at, ...(layerRules && { rules: layerRules }) });
  const of = (model: TfjsModel): Backend<TfjsModel> =>
    (isGraphModel(model) ? graph : layers) as unknown as Backend<TfjsModel>;
  return {
    name: "tfjs",
    ...(graph.form && { form: graph.form }),
    norms,
    withNorms: (other) => tfjs({ ...options, norms: other }),
    withSizes: (other) => tfjs({ ...options, ...other }),
    normsOver: (model, trace, cut) => (isGraphModel(model) ? graph.normsOver(model, trace, cut) : []),
    mask: (model, trace, cut) => graph.mask(model, trace, cut),
    trace: wholeOf((model: TfjsModel) => (stepsBehind(of(model).trace) as Tracing)(model)),
    probe: (model, trace) => of(model).probe(model, trace),
    cut: (model, trace: Trace, cut: Cut) => of(model).cut(model, trace, cut),
    cost: (model, trace, cut) => of(model).cost(model, trace, cut),
    costs: (model, trace, cut) => of(model).costs(model, trace, cut),
    removals: (model, trace, cut) => of(model).removals(model, trace, cut),
    hash: (model) => of(model).hash(model),
  };
}

/** Whether a TensorFlow.js model is a GraphModel; else it is a LayersModel. */
export const isGraphModel = (model: TfjsModel): model is GraphModel => "json" in model && "graph" in model;
