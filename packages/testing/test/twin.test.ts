import { magnitude } from "@prune/importance-magnitude";
import { type Model, onnx } from "@prune/onnx";
import { prune, readRecipe } from "@prune/pruner";
import { planFromTwin } from "@prune/pruner/advanced";
import { createSession, run } from "@prune/runtime-ort";
import { weightsOf } from "@prune/testing/advanced";
import { layersModel } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../tfjs/test/use-backend.js";
import { layersTwin, onnxTwin } from "./twins.js";

beforeAll(() => useBackend("cpu"));

const image = weightsOf(99, [1, 3, 8, 8], 4);

async function onnxAnswer({ source }: Model): Promise<number[]> {
  const x = { type: "float32", dims: [1, 3, 8, 8], data: image } as const;
  const { y } = await run(await createSession(source), { x });
  return Array.from(y?.data as Float32Array);
}

function layersAnswer(model: LayersModel): number[] {
  const x = tf.transpose(tf.tensor(image, [1, 3, 8, 8]), [0, 2, 3, 1]);
  return Array.from((model.predict(x) as tf.Tensor).dataSync());
}

const gap = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - (b[i] as number))));

const backend = layersModel();
const original = onnxTwin();
const pruned = (options: object = { ratio: 0.5 }) =>
  prune(original, { backend: onnx(), importance: magnitude(), ...options });

describe("a recipe made on an ONNX model, on its TensorFlow.js twin", () => {
  it("finds the same network in another layout", async () => {
    expect(gap(await onnxAnswer(original), layersAnswer(layersTwin()))).toBeLessThan(1e-5);
  });

  it.each([0.25, 0.5, 0.75])("removes the same units: at ratio %d both compute the same", async (ratio) => {
    const { model: smaller, recipe } = await pruned({ ratio });
    const twin = layersTwin();
    const trace = backend.trace(twin);
    const { plan, pairs, findings } = planFromTwin(trace, readRecipe(JSON.stringify(recipe)));
    expect(findings).toEqual([]);
    expect(pairs.length).toBe(recipe.parameters.length);
    const cut = backend.cut(twin, trace, trace.cut(plan));
    const [want, got] = [await onnxAnswer(smaller), layersAnswer(cut)];
    expect(gap(want, got)).toBeLessThan(1e-5);
    expect(gap(await onnxAnswer(original), want)).toBeGreaterThan(1e-2);
    expect(backend.cost(cut, backend.trace(cut)).macs).toBe(onnx().cost(smaller, onnx().trace(smaller)).macs);
  });

  it("leaves what it does not know, and says so", async () => {
    const { recipe } = await pruned();
    const twin = layersTwin({ rename: (name) => (/^fc1$/.test(name) ? "hidden" : name) });
    const trace = backend.trace(twin);
    const { plan, findings } = planFromTwin(trace, recipe);
    expect(findings.map(({ tensor, why }) => `${tensor}: ${why}`)).toEqual([
      "fc1.weight: no tensor here is known to stand for it",
      "fc1.bias: no tensor here is known to stand for it",
    ]);
    const cut = backend.cut(twin, trace, trace.cut(plan));
    expect(gap(layersAnswer(cut), await onnxAnswer((await pruned()).model))).toBeLessThan(1e-5);
  });

  it("takes no tensor of another size for its own", async () => {
    const { recipe } = await pruned();
    const trace = backend.trace(layersTwin({ width: 10 }));
    const { plan, findings } = planFromTwin(trace, recipe);
    expect(findings.map(({ tensor }) => tensor)).toEqual(["fc1.weight", "fc1.bias", "fc2.weight"]);
    const shapes = trace.families.map(({ units }) => units.length);
    expect(shapes).toContain(10);
    expect(trace.cut(plan).findings).toEqual([]);
  });

  it("has nothing to say of a model that shares no name", async () => {
    const { recipe } = await pruned();
    const trace = backend.trace(
      layersTwin({
        rename: (name) => `other_${name.replace(/[0-9]/g, "")}x${name.length}${name[0]}${name.at(-1)}`,
      }),
    );
    const { plan, findings, pairs } = planFromTwin(trace, recipe);
    expect([plan.units.length, pairs.length]).toEqual([0, 0]);
    expect(findings.length).toBe(recipe.parameters.length);
  });
});
