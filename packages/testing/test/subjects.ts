import { type Model, modelToBytes, onnx } from "@prune/onnx";
import { openLaw } from "@prune/runtime-ort/advanced";
import type { Subject } from "@prune/testing";
import { fromArtifacts, type GraphModel, graphModel, layersModel, toArtifacts } from "@prune/tfjs";
import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import { distance, layerFeeds, outputsOf, runGraph } from "../../tfjs/test/runtime.js";
import { onnxNet } from "./onnx-net.js";
import { graphNet } from "./tfjs-graph-net.js";
import { layersNet } from "./tfjs-layers-net.js";

const [onnxModels, graphs, layers] = [onnx(), graphModel(), layersModel()];

export const onnxSubject: Subject<Model, string> = {
  backend: onnxModels,
  net: onnxNet,
  async measure(model, trace, cut, { source }) {
    const law = await openLaw(model.source, { seeds: 1 });
    return law.check({ masked: modelToBytes(model, onnxModels.mask(model, trace, cut)), cut: source });
  },
};

export const graphSubject: Subject<GraphModel, string> = {
  backend: graphs,
  net: graphNet,
  async measure(model, trace, cut, smaller) {
    const masked = await runGraph(graphs.mask(model, trace, cut));
    const small = await runGraph(fromArtifacts(toArtifacts(smaller)));
    return { error: distance(small, masked), moved: distance(masked, await runGraph(model)) };
  },
  /** Convolutions of groups are several, beside each other, which may come to differ. */
  units: { "a grouped convolution": 16, "grouped convolutions around a channel shuffle": 24 },
  skip: { "an LSTM": "GraphModels have no operator for it" },
};

export const layersSubject: Subject<LayersModel, SymbolicTensor> = {
  backend: layers,
  net: layersNet,
  async measure(model, trace, cut, smaller) {
    const lookup = model.layers.find((layer) => layer.getClassName() === "Embedding");
    const feeds = layerFeeds(model, { below: Number(lookup?.getConfig().inputDim ?? 0) });
    const masked = outputsOf(layers.mask(model, trace, cut).predict(feeds));
    const [small, whole] = [smaller, model].map((one) => outputsOf(one.predict(feeds) as never)) as [
      never,
      never,
    ];
    return { error: distance(small, masked), moved: distance(masked, whole) };
  },
  /** Followed by its reshapes, a shuffle keeps its groups equal: two groups, and four channels of each. */
  units: { "a channel shuffle": 6 },
  skip: {
    "a grouped convolution": "TensorFlow.js has none",
    "a split": "no layer splits",
    "a gated unit": "no layer splits",
    "a pick of channels": "no layer picks",
    "a channel shuffle of two branches": "no layer splits",
    "every second channel of a shuffle": "no layer picks",
    "grouped convolutions around a channel shuffle": "TensorFlow.js has none",
    "a padded residual": "no layer pads channels",
    "attention heads": "no layer multiplies within heads",
    "a transformer block": "no layer multiplies within heads",
  },
};
