// What runs in the browser: opens a model from a URL, prunes it there, and checks the result on webgl.
import "@tensorflow/tfjs-backend-webgl";
import { fromArtifacts, isGraphModel, type TfjsModel, tfjs } from "@prune/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { checkLaw, checkLayersLaw } from "../law.js";
import { distance, layerFeeds, type Output, outputsOf, runGraph, runLoaded } from "../runtime.js";

export interface Asked {
  /** Where the original is served. */
  readonly model: string;
  /** Where what Node made of it is served. */
  readonly cut: string;
  readonly kind: "graph-model" | "layers-model";
  readonly ratio: number;
}

export interface Found {
  readonly backend: string;
  /** max |cut - masked| / max |masked|, of a cut made in the browser. */
  readonly law: number;
  readonly moved: number;
  readonly removed: number;
  readonly hash: string;
  /** The same between that cut and the one made in Node, loaded from its URL. */
  readonly loaded: number;
}

declare global {
  var check: (asked: Asked) => Promise<Found>;
}

globalThis.check = async ({ model: url, cut: served, kind, ratio }) => {
  tf.env().set("PROD", true);
  await tf.setBackend("webgl");
  const model: TfjsModel =
    kind === "graph-model"
      ? fromArtifacts((await tf.io.http(url).load?.()) as tf.io.ModelArtifacts)
      : await loadLayersModel(url);
  const { cut, law, moved, removed } = isGraphModel(model)
    ? await checkLaw(model, { ratio })
    : await checkLayersLaw(model, { ratio });
  const loaded = distance(await runServed(served, kind), await run(cut));
  return { backend: tf.getBackend(), law, moved, removed, loaded, hash: await tfjs().hash(cut) };
};

const run = async (model: TfjsModel): Promise<Output[]> =>
  isGraphModel(model) ? runGraph(model) : runLayers(model);

const runServed = async (url: string, kind: Asked["kind"]): Promise<Output[]> =>
  kind === "graph-model" ? runLoaded(await loadGraphModel(url)) : runLayers(await loadLayersModel(url));

const runLayers = (model: LayersModel): Output[] =>
  outputsOf(model.predict(layerFeeds(model)) as tf.Tensor | tf.Tensor[]);
