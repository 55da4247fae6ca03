import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openTfjsModel, saveTfjsModel } from "@prune/tfjs/node";
import * as tf from "@tensorflow/tfjs-core";
import {
  model as functional,
  input,
  type LayersModel,
  layers,
  type SymbolicTensor,
} from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { checkLayersLaw } from "./law.js";
import { lively } from "./lively.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-tfjs-loading-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend("cpu"));

/** y = 2x, of which nothing here knows. */
class Doubled extends layers.Layer {
  static className = "Doubled";
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.mul(Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs, 2);
  }
}
tf.serialization.registerClass(Doubled);

const chain = (shape: number[], ...list: layers.Layer[]): LayersModel => {
  const x = input({ shape });
  const y = list.reduce<SymbolicTensor>((made, layer) => layer.apply(made) as SymbolicTensor, x);
  return lively(functional({ inputs: x, outputs: y }));
};

/** Saves a model, changes the text of its model.json, and opens it. */
const reopened = async (
  name: string,
  model: LayersModel,
  change: (json: string) => string,
): Promise<LayersModel> => {
  await saveTfjsModel(join(folder, name), model);
  const file = join(folder, name, "model.json");
  writeFileSync(file, change(readFileSync(file, "utf8")));
  return (await openTfjsModel(file)) as LayersModel;
};

it("stacked cells with default initial values are loaded, pruned and obey the law", async () => {
  const cells = [8, 6].map((units) => layers.gruCell({ recurrentInitializer: "zeros", units }));
  const made = chain([6, 5], layers.rnn({ cell: cells as never }), layers.dense({ units: 2 }));
  const orthogonal = '"recurrent_initializer":{"class_name":"Orthogonal","config":{"gain":1,"seed":null}}';
  const model = await reopened("stacked", made, (json) =>
    json.replaceAll(/"recurrent_initializer":\{[^}]*\{\}\}/g, orthogonal),
  );
  expect(JSON.stringify(model.getConfig())).toContain("Orthogonal");
  const { law, moved, removed, cut } = await checkLayersLaw(model);
  expect(JSON.stringify(cut.getConfig())).toContain("Orthogonal");
  expect(removed).toBe(7);
  expect(moved).toBeGreaterThan(1e-3);
  expect(law).toBeLessThan(1e-5);
});

it("a layer of a class that is not there is named", async () => {
  const made = chain(
    [5],
    layers.dense({ units: 8 }),
    new Doubled({ name: "twice" }),
    layers.dense({ units: 2 }),
  );
  const opened = reopened("unknown", made, (json) => json.replaceAll('"Doubled"', '"MultiplyBeta"'));
  await expect(opened).rejects.toMatchObject({
    name: "TfjsError",
    code: "unknown-layer",
    detail: { layer: "twice", of: "MultiplyBeta" },
  });
  const inside = chain([6, 5], layers.timeDistributed({ layer: new Doubled({ name: "inner" }) }));
  const wrapped = reopened("wrapped", inside, (json) => json.replaceAll('"Doubled"', '"constructor"'));
  await expect(wrapped).rejects.toMatchObject({ code: "unknown-layer", detail: { of: "constructor" } });
});

it("a layer without a rule is frozen by name, and the net behind it is free", async () => {
  const model = chain(
    [8, 8, 3],
    layers.conv2d({ filters: 8, kernelSize: 3 }),
    new Doubled({ name: "twice" }),
    layers.conv2d({ filters: 6, kernelSize: 3, activation: "relu6" }),
    layers.conv2d({ filters: 2, kernelSize: 3 }),
  );
  const { law, moved, trace, removed } = await checkLayersLaw(model);
  expect(trace.families.map(({ units }) => units.length)).toEqual([6]);
  expect(trace.frozen().map(({ reason }) => reason)).toContain('no rule for operator "Doubled"');
  expect(removed).toBe(3);
  expect(moved).toBeGreaterThan(1e-3);
  expect(law).toBeLessThan(1e-5);
});
