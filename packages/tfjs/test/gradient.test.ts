import "@tensorflow/tfjs-backend-cpu";
import { fisher, taylor } from "@prune/importance-gradient";
import { plan } from "@prune/pruner";
import { layersModel, tfjsGradientProbe } from "@prune/tfjs";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, layers, sequential } from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";

beforeAll(async () => {
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
});

/** y = x1 + x2, by four hidden units: two make it, one is large and cancelled by a zero, one is small and harmful. */
function model(): LayersModel {
  const made = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 4, useBias: false }),
      layers.dense({ units: 1, useBias: false }),
    ],
  });
  made.setWeights([tf.tensor([1, 0, 9, 0.1, 0, 1, 9, 0.1], [2, 4]), tf.tensor([1, 1, 0, 0.5], [4, 1])]);
  return made;
}

const xs = tf.tensor([1, 2, -1, 3, 2, -2, 0.5, 1], [4, 2]);
const ys = tf.sum(xs, 1, true);
const batches = [
  { xs, ys: tf.add(ys, 0.3) },
  { xs, ys: tf.sub(ys, 0.3) },
];
const of = async (made: LayersModel) => {
  const trace = layersModel().trace(made);
  return { trace, probe: await tfjsGradientProbe(made, trace, { batches }) };
};

describe("gradients", () => {
  it("are those of the mean loss over the batches", async () => {
    const made = model();
    const { probe } = await of(made);
    const name = [...made.layers[1]!.weights.map(({ originalName }) => originalName)][0] as string;
    const { mean } = probe.gradients(name)!;
    const loss = (w: number[]): number => {
      made.layers[1]!.setWeights([tf.tensor(w, [4, 1])]);
      const out = made.predict(xs) as tf.Tensor;
      const total = batches.reduce(
        (n, batch) => n + (tf.losses.meanSquaredError(batch.ys, out).dataSync()[0] as number),
        0,
      );
      return total / batches.length;
    };
    const w = [1, 1, 0, 0.5];
    const step = 1e-2;
    w.forEach((_, i) => {
      const [up, down] = [step, -step].map((d) => loss(w.map((x, k) => (k === i ? x + d : x)))) as [
        number,
        number,
      ];
      expect(mean[i]).toBeCloseTo((up - down) / (2 * step), 1);
    });
  });

  it("are summed before their magnitude is taken where a unit is to leave as one", async () => {
    const made = model();
    made.setWeights([tf.tensor([1, 0, 3, 0.1, -2, 1, -1, 0.1], [2, 4]), tf.tensor([1, 1, 0.2, 0.5], [4, 1])]);
    const { trace, probe } = await of(made);
    const backend = { ...layersModel(), probe: () => probe };
    const scored = async (multivariable: boolean): Promise<number[]> => {
      const importance = taylor({ multivariable, reduction: "sum" });
      const [scores] = (await plan(made, { backend, trace, importance, ratio: 0.25 })).scores.values();
      return Array.from(scores ?? []);
    };
    const products = made.layers.map(({ weights: [weight] }) => {
      const { originalName: name } = weight!;
      return probe.weights(name)!.data.map((w, i) => w * (probe.gradients(name)!.mean[i] as number));
    });
    const [into, from] = products as [Float32Array, Float32Array];
    const pairs = [0, 1, 2, 3].map((u) => [into[u]!, into[4 + u]!, from[u]!] as const);
    const together = pairs.map(([a, b, c]) => Math.abs(a + b) + Math.abs(c));
    const apart = pairs.map(([a, b, c]) => Math.abs(a) + Math.abs(b) + Math.abs(c));
    for (const [multivariable, expected] of [
      [true, together],
      [false, apart],
    ] as const)
      (await scored(multivariable)).forEach((score, u) => {
        expect(score / expected[u]!).toBeCloseTo(1, 6);
      });
    expect(Math.max(...apart.map((score, u) => score - together[u]!))).toBeGreaterThan(0.1);
    expect(() => taylor({ multivariable: true, p: 2 })).toThrow("not both");
  });

  it("of single samples make OBD-C: the squared weights by the mean of each sample's squared gradient", async () => {
    const made = model();
    const trace = layersModel().trace(made);
    const samples = [0, 1, 2, 3].map((n) => ({
      xs: tf.slice(xs, n, 1),
      ys: tf.add(tf.slice(ys, n, 1), 0.3 * n),
    }));
    const probe = await tfjsGradientProbe(made, trace, { batches: samples });
    const importance = fisher({ roles: ["out"], bias: false, reduction: "sum" });
    const backend = { ...layersModel(), probe: () => probe };
    const [scores] = (await plan(made, { backend, trace, importance, ratio: 0.25 })).scores.values();
    const [into, from] = made.getWeights().map((weight) => weight.dataSync()) as [Float32Array, Float32Array];
    const inputs = xs.arraySync() as number[][];
    // The loss is (y - t)^2 with y = sum over u of from[u] * (x . into[:, u]).
    const obdc = [0, 1, 2, 3].map((u) =>
      [0, 1].reduce((sum, i) => {
        const squares = inputs.map((x, n) => {
          const y = [0, 1, 2, 3].reduce(
            (out, v) => out + from[v]! * (x[0]! * into[v]! + x[1]! * into[4 + v]!),
            0,
          );
          return (2 * (y - (x[0]! + x[1]! + 0.3 * n)) * from[u]! * x[i]!) ** 2;
        });
        return sum + into[4 * i + u]! ** 2 * (squares.reduce((a, b) => a + b) / 4);
      }, 0),
    );
    expect(Math.max(...obdc)).toBeGreaterThan(0.1);
    scores!.forEach((score, u) => {
      expect(2 * score).toBeCloseTo(obdc[u]!, 4);
    });
  });

  it.each([taylor(), taylor({ multivariable: true }), fisher()])(
    "$name removes the large unit that nothing uses",
    async (importance) => {
      const made = model();
      const { trace, probe } = await of(made);
      const backend = { ...layersModel(), probe: () => probe };
      const { scores, chosen } = await plan(made, { backend, trace, importance, ratio: 0.25 });
      const [family] = scores.values();
      expect(Array.from(family!).indexOf(Math.min(...family!))).toBe(2);
      const cut = backend.cut(made, trace, chosen.cut);
      const [a, b] = [made, cut].map((one) => Array.from((one.predict(xs) as tf.Tensor).dataSync()));
      expect(a).toEqual(b);
    },
  );

  it("refuses a probe without gradients and says what to pass", async () => {
    const made = model();
    await expect(plan(made, { backend: layersModel(), importance: taylor() })).rejects.toThrow(
      "gradientProbe",
    );
  });

  it("leaves no tensors behind", async () => {
    const made = model();
    const trace = layersModel().trace(made);
    const { numTensors } = tf.memory();
    await tfjsGradientProbe(made, trace, { batches });
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
