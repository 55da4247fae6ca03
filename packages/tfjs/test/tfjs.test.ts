import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { isGraphModel, tfjs } from "@prune/tfjs";
import { modelFiles, openTfjsModel, saveTfjsModel } from "@prune/tfjs/node";
import type * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraph } from "./build-graph.js";
import { distance, layerFeeds, outputsOf, runGraph } from "./runtime.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-tfjs-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend("wasm"));

const options = { backend: tfjs(), importance: magnitude(), ratio: 0.5 };
const mlp = (): LayersModel =>
  sequential({
    layers: [
      layers.dense({ inputShape: [6], units: 8, activation: "relu" }),
      layers.batchNormalization(),
      layers.dense({ units: 3, activation: "softmax" }),
    ],
  });

describe("the backend of both kinds of models", () => {
  it("prunes a GraphModel through files", async () => {
    const model = buildGraph((b) => [
      b.node("MatMul", [
        b.node("Relu", [b.node("MatMul", [b.input("x", [1, 6]), b.weight("w1", [6, 8])])]),
        b.weight("w2", [8, 3]),
      ]),
    ]);
    await saveTfjsModel(join(folder, "graph"), model);
    const opened = await openTfjsModel(join(folder, "graph"));
    const { model: cut, report, recipe } = await prune(opened, options);
    await saveTfjsModel(join(folder, "graph-cut"), cut);
    const again = await openTfjsModel(join(folder, "graph-cut", "model.json"));
    if (!isGraphModel(again) || !isGraphModel(cut)) throw new Error("not a GraphModel");
    expect(distance(await runGraph(again), await runGraph(cut))).toBe(0);
    expect(macsOf(report.after) * 2).toBe(macsOf(report.before));
    expect(JSON.stringify(recipe)).toContain("w1");
  });

  it("prunes a LayersModel through files", async () => {
    await saveTfjsModel(join(folder, "layers"), mlp());
    const opened = await openTfjsModel(join(folder, "layers"));
    const { model: cut, report } = await prune(opened, options);
    await saveTfjsModel(join(folder, "layers-cut"), cut, { inputs: modelFiles(join(folder, "layers")) });
    const again = await openTfjsModel(join(folder, "layers-cut"));
    const [a, b] = [again, cut] as LayersModel[];
    const feeds = layerFeeds(a as LayersModel);
    const [x, y] = [a, b].map((one) => outputsOf((one as LayersModel).predict(feeds) as tf.Tensor));
    expect(distance(x as never, y as never)).toBe(0);
    expect(macsOf(report.after) * 2).toBe(macsOf(report.before));
    await expect(
      saveTfjsModel(join(folder, "layers"), cut, { inputs: modelFiles(join(folder, "layers")) }),
    ).rejects.toThrow("inputs are never modified");
  });

  it("foretells the cost of a cut", async () => {
    const model = mlp();
    const backend = tfjs();
    const { model: cut, report } = await prune(model, options);
    const { macs, parameters } = backend.cost(cut, backend.trace(cut));
    expect(report.after).toMatchObject({ macs, parameters });
  });
});
