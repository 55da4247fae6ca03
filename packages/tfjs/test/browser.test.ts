import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Backend, macsOf } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { isGraphModel, type TfjsModel, tfjs } from "@prune/tfjs";
import { saveTfjsModel } from "@prune/tfjs/node";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, hasChromium, openBrowser, servedFiles } from "./browser/browser.js";
import { buildGraph } from "./build-graph.js";
import { useBackend } from "./use-backend.js";

const convolution = {
  strides: [1, 1, 1, 1],
  dilations: [1, 1, 1, 1],
  explicit_paddings: [],
  padding: "SAME",
  data_format: "NHWC",
};

const models: Record<string, () => TfjsModel> = {
  "a GraphModel with float16 weights": () =>
    buildGraph((b) => {
      const x = b.input("x", [1, 8, 8, 3]);
      const first = b.node("Conv2D", [x, b.weight("w1", [3, 3, 3, 8], "float16")], convolution);
      const relu = b.node("Relu", [first]);
      const second = b.node("Conv2D", [relu, b.weight("w2", [3, 3, 8, 8], "float16")], convolution);
      return [b.node("Conv2D", [b.node("AddV2", [relu, second]), b.weight("w3", [1, 1, 8, 2])], convolution)];
    }),
  "a LayersModel": () =>
    sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 8, kernelSize: 3, activation: "relu" }),
        layers.batchNormalization(),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    }),
};

describe.skipIf(!hasChromium)("in the browser (skipped without Chromium: apt-get install chromium)", () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "prune-browser-"));
  beforeAll(async () => {
    await useBackend("cpu");
    browser = await openBrowser();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  const serve = async (name: string, model: TfjsModel): Promise<string> => {
    const home = join(folder, name);
    await saveTfjsModel(home, model);
    const files = ["model.json", ...readdirSync(home).filter((file) => file.endsWith(".bin"))];
    return browser.serve(
      name,
      servedFiles(
        files.map((file) => join(home, file)),
        (path) => readFileSync(path),
      ),
    );
  };

  it.each(Object.entries(models))(
    "%s is pruned as in Node, and runs on webgl by the law",
    async (_, make) => {
      const model = make();
      const backend: Backend<TfjsModel> = tfjs();
      const options = { backend, importance: magnitude(), ratio: 0.5, heads: 0.5 };
      const { model: cut, report } = await prune(model, options);
      const kind = isGraphModel(model) ? "graph-model" : "layers-model";
      const found = await browser.check({
        model: await serve(`${kind}-original`, model),
        cut: await serve(`${kind}-cut`, cut),
        kind,
        ratio: 0.5,
      });
      expect(found.backend).toBe("webgl");
      expect(found.law).toBeLessThan(1e-5);
      expect(found.moved).toBeGreaterThan(1e-3);
      expect(found.loaded).toBe(0);
      expect(found.hash).toBe(await backend.hash(cut));
      expect(macsOf(report.after)).toBeLessThan(macsOf(report.before));
    },
    60_000,
  );
});
