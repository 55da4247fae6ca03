import type { Importance, Trace } from "@prune/graph";
import { axisText, rootOf } from "@prune/graph/advanced";
import { activation, apoz, reconstruction, variance, wanda } from "@prune/importance-activation";
import { onnx } from "@prune/onnx";
import { collectStatistics, activationProbe as ortProbe } from "@prune/onnx-recovery";
import { weightsOf } from "@prune/testing/advanced";
import { graphModel, layersModel, tfjsActivationProbe, toArtifacts } from "@prune/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGraph } from "../../tfjs/test/build-graph.js";
import { useBackend } from "../../tfjs/test/use-backend.js";
import { layersTwin, onnxTwin } from "./twins.js";

beforeAll(() => useBackend("cpu"));

const images = Array.from({ length: 3 }, (_, i) => weightsOf(50 + i, [4, 3, 8, 8], 4));
const criteria = [
  activation(),
  activation({ of: "square" }),
  apoz(),
  wanda(),
  variance(),
  variance({ weighted: false }),
  reconstruction(),
];

/** Scores by axis: `conv1.weight` and `conv1/kernel` are one. */
async function scores(trace: Trace, probe: never, criterion: Importance): Promise<Map<string, Float32Array>> {
  const found = new Map<string, Float32Array>();
  for (const family of trace.families) {
    const [layer = ""] = axisText(rootOf(trace, family)).split(/[./](?=[a-z_]+:)/);
    found.set(layer, await criterion.score(family, probe));
  }
  return found;
}

describe("activation criteria", () => {
  it.each(criteria)(
    "$name scores units as on the ONNX twin, by onnxruntime",
    async (criterion) => {
      const model = onnxTwin();
      const there = onnx().trace(model);
      const feeds = images.map((data) => ({ x: { type: "float32", dims: [4, 3, 8, 8], data } as const }));
      const statistics = await collectStatistics(model, feeds);
      const want = await scores(there, ortProbe(onnx().probe(model, there), statistics) as never, criterion);

      const twin = layersTwin();
      const here = layersModel().trace(twin);
      const batches = images.map((data) => ({
        xs: tf.transpose(tf.tensor(data, [4, 3, 8, 8]), [0, 2, 3, 1]),
      }));
      const got = await scores(
        here,
        (await tfjsActivationProbe(twin, here, { batches })) as never,
        criterion,
      );

      expect([...got.keys()].sort()).toEqual([...want.keys()].sort());
      expect(want.size).toBeGreaterThan(3);
      for (const [layer, list] of want) {
        const size = Math.max(...list.map(Math.abs));
        expect(size).toBeGreaterThan(0);
        const gap = Math.max(...list.map((x, i) => Math.abs(x - (got.get(layer)?.[i] as number))));
        // A variance is a small difference of means, which onnxruntime sums in single precision.
        expect(gap / size).toBeLessThan(/variance/.test(criterion.name) ? 5e-4 : 2e-5);
      }
    },
    60_000,
  );

  /** Both halves of [2, 3] -> dense 4, relu -> dense 2, and what the second layer reads. */
  const [first, second] = [weightsOf(1, [3, 4], 3), weightsOf(2, [4, 2], 4)];
  const xs = [0, 1].map((i) => weightsOf(60 + i, [2, 3], 3));
  const rows = xs.flatMap((x) =>
    [0, 1].map((n) =>
      [0, 1, 2, 3].map((o) =>
        Math.max(
          0,
          [0, 1, 2].reduce((sum, c) => sum + (x[3 * n + c] as number) * (first[4 * c + o] as number), 0),
        ),
      ),
    ),
  );
  const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  const models = {
    GraphModel: async () => {
      const graph = buildGraph((b) => {
        const x = b.node("MatMul", [b.input("x", [2, 3]), b.floats("w1", first, [3, 4])]);
        return [b.node("MatMul", [b.node("Relu", [x]), b.floats("w2", second, [4, 2])])];
      });
      const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts(graph)));
      const trace = graphModel().trace(graph);
      const batches = xs.map((x) => ({ xs: tf.tensor(x, [2, 3]) }));
      return { trace, probe: await tfjsActivationProbe(graph, trace, { batches, loaded }) };
    },
    LayersModel: async () => {
      const model = sequential({
        layers: [
          layers.dense({ inputShape: [3], units: 4, activation: "relu", useBias: false }),
          layers.dense({ units: 2, useBias: false }),
        ],
      });
      model.setWeights([tf.tensor(first, [3, 4]), tf.tensor(second, [4, 2])]);
      const trace = layersModel().trace(model);
      const batches = xs.map((x) => ({ xs: tf.tensor(x, [2, 3]) }));
      return { trace, probe: await tfjsActivationProbe(model, trace, { batches }) };
    },
  };

  it.each(Object.entries(models))("of a %s see what is computed by hand, to 1e-6", async (_, make) => {
    const { trace, probe } = await make();
    const [reader, ...others] = probe.activations(trace.families[0]!);
    expect(others).toEqual([]);
    expect(reader!.columns).toEqual([[0], [1], [2], [3]]);
    const close = (got: ArrayLike<number>, want: readonly number[]): void => {
      want.forEach((value, i) => {
        expect(Math.abs((got[i] as number) - value)).toBeLessThan(1e-6);
      });
    };
    const column = (c: number): number[] => rows.map((row) => row[c] as number);
    const channels = [0, 1, 2, 3];
    const means = channels.map((c) => meanOf(column(c)));
    close(reader!.channels.mean, means);
    close(
      reader!.channels.square,
      channels.map((c) => meanOf(column(c).map((x) => x * x))),
    );
    close(
      reader!.channels.inactive,
      channels.map((c) => meanOf(column(c).map((x) => (x <= 0 ? 1 : 0)))),
    );
    close(
      reader!.covariance!,
      channels.flatMap((a) =>
        channels.map((b) => meanOf(rows.map((row) => (row[a]! - means[a]!) * (row[b]! - means[b]!)))),
      ),
    );
    close(
      reader!.weights,
      [0, 1].flatMap((o) => channels.map((c) => second[2 * c + o] as number)),
    );
  });

  it("say what a GraphModel needs, and leave no tensors behind", async () => {
    const graph = buildGraph((b) => [b.node("MatMul", [b.input("x", [1, 3]), b.weight("w", [3, 2])])]);
    const trace = graphModel().trace(graph);
    await expect(tfjsActivationProbe(graph, trace, { batches: [] })).rejects.toThrow("tf.loadGraphModel");
    const { numTensors } = tf.memory();
    const xs = tf.zeros([1, 8, 8, 3]);
    const twin = layersTwin();
    const before = tf.memory().numTensors;
    await tfjsActivationProbe(twin, layersModel().trace(twin), { batches: [{ xs }] });
    expect(tf.memory().numTensors).toBe(before);
    expect(before).toBeGreaterThan(numTensors);
  });
});
