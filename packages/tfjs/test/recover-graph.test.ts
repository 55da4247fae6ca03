import { bias, type Fit, lsq, moments, recover } from "@prune/recovery";
import { inlineSolver, leastSquares, type Split } from "@prune/recovery/advanced";
import { type GraphModel, graphModel, toArtifacts } from "@prune/tfjs";
import { recoverTfjsModel, type TfjsTwinsOptions, tfjsTwins } from "@prune/tfjs/recovery";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { beforeAll, describe, expect, it } from "vitest";
import { buildGraph, type GraphBuilder } from "./build-graph.js";
import { randomNumbers, runGraph } from "./runtime.js";
import { useBackend } from "./use-backend.js";

beforeAll(() => useBackend("wasm"));

const backend = graphModel();

const batchesOf = (count: number, shape: readonly number[], seed = 50): { xs: tf.Tensor }[] =>
  Array.from({ length: count }, (_, b) => ({
    xs: tf.tensor(
      randomNumbers(
        seed + b,
        shape.reduce((a, n) => a * n, 1),
      ),
      [...shape],
    ),
  }));

/** Takes every third unit of every family. */
function cutOf(model: GraphModel) {
  const trace = backend.trace(model);
  const units = trace.families.flatMap((family) => Array.from(family.units).filter((_, i) => i % 3 === 2));
  const cut = trace.cut({ units, atoms: [] });
  return { cut, smaller: backend.cut(model, trace, cut) };
}

const same = { strides: [1, 1, 1, 1], dilations: [1, 1, 1, 1], padding: "SAME", data_format: "NHWC" };

type Stored = "float16" | "uint8" | undefined;

/** All forms of linear layers: with a bias of their own, one that follows, fused and none at all; a residual; clips. */
const netOf = (stored?: Stored): GraphModel =>
  buildGraph((b) => {
    const w = (name: string, shape: readonly number[]): string => b.weight(name, shape, stored);
    const bias = (x: string, name: string, n: number, op = "BiasAdd"): string =>
      b.node(op, [x, w(name, [n])]);
    const x = b.input("x", [-1, 6, 6, 3]);
    const first = bias(b.node("Conv2D", [x, w("k1", [3, 3, 3, 12])], same), "b1", 12);
    const depth = b.node("DepthwiseConv2dNative", [b.node("Relu", [first]), w("k2", [3, 3, 12, 1])], same);
    const plain = b.node(
      "Conv2D",
      [b.node("Relu6", [bias(depth, "b2", 12, "AddV2")]), w("k3", [1, 1, 12, 12])],
      same,
    );
    const norm = b.node("FusedBatchNormV3", [
      plain,
      b.floats(
        "scale",
        randomNumbers(3, 12).map((v) => 1 + v / 4),
        [12],
      ),
      w("offset", [12]),
      w("mean", [12]),
      b.floats("variance", new Float32Array(12).fill(1), [12]),
    ]);
    const sum = b.node("Relu", [b.node("AddV2", [norm, first])]);
    const fused = b.node("_FusedConv2D", [sum, w("k4", [3, 3, 12, 9]), w("b4", [9])], {
      ...same,
      strides: [1, 2, 2, 1],
      fused_ops: ["BiasAdd", "Relu"],
      num_args: 1,
    });
    const mean = b.node("Mean", [fused, b.integers("axes", [1, 2])], { keep_dims: false });
    return [bias(b.node("MatMul", [mean, w("k5", [9, 5])]), "b5", 5)];
  });

const refit = async (
  model: GraphModel,
  { cut, smaller }: ReturnType<typeof cutOf>,
  batches: ReturnType<typeof batchesOf>,
  options: TfjsTwinsOptions = {},
) => recover(await tfjsTwins(model, smaller, cut, batches, { load: loadGraphModel, ...options }));

const answers = async (model: GraphModel, xs: tf.Tensor): Promise<Float32Array> => {
  const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts(model)));
  const data = tf.tidy(() => (loaded.predict(xs) as tf.Tensor).dataSync() as Float32Array);
  loaded.dispose();
  return data;
};

describe("recovering a GraphModel", { timeout: 30_000 }, () => {
  const image = [6, 6, 3];
  const off = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, v, i) => sum + (v - (b[i] as number)) ** 2, 0);

  it.each([undefined, "float16", "uint8"] as const)(
    "brings it closer to the original on new samples; weights stored as %s stay so",
    async (stored) => {
      const model = netOf(stored);
      const made = cutOf(model);
      const before = structuredClone([...made.smaller.weights.values()]);
      const { model: mended, layers, skipped } = await refit(model, made, batchesOf(8, [12, ...image]));
      expect(skipped).toEqual([]);
      expect(layers).toHaveLength(5);
      for (const { before: was, after, clipped } of layers) {
        expect(after).toBeLessThanOrEqual(was);
        if (clipped) expect(clipped.after).toBeLessThanOrEqual(clipped.before);
      }
      expect(layers.filter(({ clipped }) => clipped)).toHaveLength(2);
      expect([...made.smaller.weights.values()]).toEqual(before);
      for (const [name, { entry }] of made.smaller.weights) {
        const now = mended.weights.get(name)?.entry;
        expect(now?.quantization?.dtype).toBe(entry.quantization?.dtype);
        expect(now?.shape).toEqual(entry.shape);
      }
      const [fresh] = batchesOf(1, [64, ...image], 900) as [{ xs: tf.Tensor }];
      const want = await answers(model, fresh.xs);
      const [cutOff, left] = [
        off(want, await answers(made.smaller, fresh.xs)),
        off(want, await answers(mended, fresh.xs)),
      ];
      expect(left).toBeLessThan(0.6 * cutOff);
    },
  );

  const linear = (build?: (b: GraphBuilder, x: string) => string): GraphModel =>
    buildGraph((b) => {
      const x = b.node("MatMul", [b.input("x", [-1, 5]), b.weight("first", [5, 6])]);
      const hidden = b.node("BiasAdd", [x, b.weight("bias", [6])], {}, "hidden");
      return [
        build?.(b, hidden) ??
          b.node("BiasAdd", [b.node("MatMul", [hidden, b.weight("last", [6, 3])]), b.weight("end", [3])]),
      ];
    });

  it("of linear layers is the analytic optimum, and repeats bit for bit", async () => {
    const model = linear();
    const made = cutOf(model);
    const batches = batchesOf(8, [64, 5]);
    const make = async () =>
      recover(await tfjsTwins(model, made.smaller, made.cut, batches, { load: loadGraphModel }), {
        methods: [lsq(0)],
        solver: inlineSolver(),
      });
    const { model: mended, layers } = await make();
    expect(layers.map(({ result }) => result)).toEqual(["exact", "refitted"]);
    const input = tf.concat(batches.map(({ xs }) => xs));
    const loaded = await loadGraphModel(tf.io.fromMemory(toArtifacts(mended)));
    const hidden = loaded.execute(input, "hidden") as tf.Tensor2D;
    const rest = tf.sub(
      tf.tensor(await answers(model, input), [512, 3]),
      tf.tensor(await answers(mended, input), [512, 3]),
    ) as tf.Tensor2D;
    const power = tf.mean(tf.square(tf.tensor(await answers(model, input)))).dataSync()[0] as number;
    for (const value of tf.matMul(hidden, rest, true).dataSync())
      expect(Math.abs(value) / 512 / power).toBeLessThan(1e-6);
    expect(tf.mean(tf.square(rest)).dataSync()[0]).toBeGreaterThan(1e-4);
    expect((await make()).model.weights).toEqual(mended.weights);
  });

  it("adds a bias where there is none, and a constant of its own where others read the same", async () => {
    const shared = linear((b, x) => {
      const common = b.weight("common", [4]);
      const one = b.node("BiasAdd", [b.node("MatMul", [x, b.weight("w1", [6, 4])], {}, "one"), common]);
      const two = b.node("BiasAdd", [
        b.node("MatMul", [b.node("Relu", [one]), b.weight("w2", [4, 4])], {}, "two"),
        common,
      ]);
      const bare = b.node("MatMul", [two, b.weight("w3", [4, 6])], {}, "bare");
      return b.node("MatMul", [b.node("Tanh", [bare]), b.weight("w4", [6, 2])], {}, "last");
    });
    const made = cutOf(shared);
    const { model: mended, layers, skipped } = await refit(shared, made, batchesOf(8, [64, 5]));
    expect(skipped).toEqual([{ layer: "last", reason: "it has no bias, and its output is the model's" }]);
    const refitted = layers.filter(({ result }) => result === "refitted").map(({ layer }) => layer);
    expect(refitted).toContain("bare");
    expect(refitted).toContain("two");
    expect(mended.weights.has("bare/bias")).toBe(true);
    expect(mended.weights.get("common")).toEqual(made.smaller.weights.get("common"));
    expect((await runGraph(mended)).map(({ shape }) => shape)).toEqual([[1, 2]]);
  });

  it("fits large layers by channel or output, alike whatever it holds on the way, and leaves no tensors behind", async () => {
    const model = netOf();
    const made = cutOf(model);
    const batches = batchesOf(3, [8, ...image]);
    const before = tf.memory().numTensors;
    for (const [maxInputs, how] of [
      [30, /by channel/],
      [2, /by output/],
    ] as const) {
      const [all, none] = await Promise.all(
        [2 ** 20, 0].map((held) => refit(model, made, batches, { maxInputs, held })),
      );
      expect(all?.layers.flatMap(({ methods }) => methods).join()).toMatch(how);
      for (const { before: was, after } of all?.layers ?? []) expect(after).toBeLessThanOrEqual(was);
      expect(none?.model.weights).toEqual(all?.model.weights);
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each([lsq(1e-3), bias(), moments()])(
    "by $name alone makes no layer worse on held-out samples",
    async (method) => {
      const model = netOf();
      const { cut, smaller } = cutOf(model);
      const twins = await tfjsTwins(model, smaller, cut, batchesOf(6, [8, ...image]), {
        load: loadGraphModel,
      });
      const { layers } = await recover(twins, { methods: [method] });
      expect(layers.some(({ result }) => result === "refitted")).toBe(true);
      for (const { before, after, clipped } of layers) {
        expect(after).toBeLessThanOrEqual(before);
        if (clipped) expect(clipped.after).toBeLessThanOrEqual(clipped.before);
      }
    },
  );

  it("takes only what is better once it is stored in eight bits", async () => {
    const model = netOf("uint8");
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(4, [8, ...image]);
    const twins = await tfjsTwins(model, smaller, cut, batches, { load: loadGraphModel });
    const last = twins.layers.at(-1) as string;
    for (const layer of twins.layers.slice(0, -1)) await twins.accept(layer, undefined);
    const { splits, fits } = await twins.observe(last);
    const [split, old] = [splits[0] as Split, fits[0] as Fit];
    expect(await twins.holds?.(last, [old])).toBe(false);
    expect(await twins.holds?.(last, [leastSquares(split.heldOut, 1e-3, old)])).toBe(true);
    twins.dispose();
  });

  it("refuses options that it doesn't have, and what is no method", async () => {
    const model = netOf();
    const { cut, smaller } = cutOf(model);
    const run = (options: object) =>
      recoverTfjsModel({ original: model, smaller, cut }, batchesOf(4, [4, ...image]), {
        load: loadGraphModel,
        ...options,
      });
    await expect(run({ round: 1 })).rejects.toMatchObject({
      code: "unknown-option",
      detail: { by: "recoverTfjsModel", option: "round", meant: ["rounds"] },
    });
    await expect(run({ methods: ["lstsq"] })).rejects.toMatchObject({
      name: "RecoveryError",
      code: "bad-option",
      detail: { option: "methods", value: "lstsq" },
    });
  });

  it("stops when it is told to, and leaves no tensors behind", async () => {
    const model = netOf();
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(4, [4, ...image]);
    const before = tf.memory().numTensors;
    const stop = new AbortController();
    const run = recoverTfjsModel({ original: model, smaller, cut }, batches, {
      load: loadGraphModel,
      signal: stop.signal,
      onProgress: (done) => done === 2 && stop.abort(),
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("is stopped by a timer while it computes", async () => {
    const model = netOf();
    const { cut, smaller } = cutOf(model);
    // Long enough to let a timer have its turn on any machine.
    const batches = batchesOf(9, [960, ...image]);
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let layers = 0;
    setTimeout(() => controller.abort(), 1);
    const run = recoverTfjsModel({ original: model, smaller, cut }, batches, {
      load: loadGraphModel,
      signal: controller.signal,
      solver: inlineSolver(),
      onProgress: () => {
        layers++;
      },
    });
    await expect(run).rejects.toMatchObject({ name: "AbortError" });
    expect(layers).toBeLessThan(5);
    expect(tf.memory().numTensors).toBe(before);
  });

  it("in one call is judged on batches that nothing was fitted to", async () => {
    const model = netOf();
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(9, [8, ...image]);
    const before = tf.memory().numTensors;
    const labels = new Int32Array(72).fill(2);
    const options = { load: loadGraphModel, labels };
    const { model: mended, report } = await recoverTfjsModel(
      { original: model, smaller, cut },
      batches,
      options,
    );
    expect(report.result).toBe("recovered");
    expect(mended).not.toBe(smaller);
    expect(report.samples).toEqual({ fitted: 56, unseen: 16 });
    expect(report.after.error).toBeLessThan(0.6 * report.before.error);
    expect(report.accuracy?.original.value).toBeLessThanOrEqual(1);
    const unseen = tf.concat([batches[0]!.xs, batches[8]!.xs]);
    const want = await answers(model, unseen);
    const ratio = off(want, await answers(mended, unseen)) / off(want, await answers(smaller, unseen));
    expect(ratio).toBeCloseTo(report.after.error / report.before.error, 4);
    tf.dispose(unseen);
    expect(tf.memory().numTensors).toBe(before);
    const two = batches.map(({ xs }) => ({ xs: [xs, xs] }));
    await expect(
      recoverTfjsModel({ original: model, smaller, cut }, two, { load: loadGraphModel }),
    ).rejects.toMatchObject({ code: "samples-misfit" });
    await expect(
      recoverTfjsModel({ original: model, smaller, cut }, batches.slice(7), { load: loadGraphModel }),
    ).rejects.toMatchObject({ code: "samples-few" });
    const flat = batches.map(({ xs }) => ({ xs: tf.reshape(xs, [8, -1]) }));
    await expect(
      recoverTfjsModel({ original: model, smaller, cut }, flat, { load: loadGraphModel }),
    ).rejects.toMatchObject({ code: "samples-refused", detail: { batch: 0 } });
    tf.dispose(flat.map(({ xs }) => xs));
    await expect(
      recoverTfjsModel({ original: model, smaller: model, cut }, batches, { load: loadGraphModel }),
    ).rejects.toMatchObject({ code: "other-cut" });
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(["[-1, 4, 5, 3]", "[-1, 3]"])("takes the rows of heads that are left among %s", async (laid) => {
    const apart = JSON.parse(laid) as number[];
    const model = buildGraph((b) => {
      const w = (name: string, n: number, m: number): string => b.weight(name, [n, m]);
      const turned = (x: string): string => b.node("Transpose", [x, b.integers(`${x}/p`, [0, 2, 1, 3])]);
      const shaped = (x: string, sizes: readonly number[]): string =>
        b.node("Reshape", [x, b.integers(`${x}/s`, sizes)]);
      const product = (x: string, name: string, n: number, m: number, op: string): string =>
        b.node(op, [x, w(name, n, m)], {}, `${name}/product`);
      const x = product(b.input("x", [-1, 5, 12]), "q", 12, 12, "BatchMatMulV2");
      const heads = shaped(turned(shaped(x, [-1, 5, 4, 3])), apart);
      const each = product(heads, "head", 3, 3, apart.length > 2 ? "BatchMatMulV2" : "MatMul");
      const back = shaped(turned(shaped(each, [-1, 4, 5, 3])), [-1, 5, 12]);
      return [product(back, "out", 12, 4, "BatchMatMulV2")];
    });
    const trace = backend.trace(model);
    const heads = trace.families.map(({ units }) => Array.from(units)).find(({ length }) => length === 4);
    const cut = trace.cut({ units: (heads as number[]).slice(1, 2), atoms: [] });
    const made = { cut, smaller: backend.cut(model, trace, cut) };
    const { layers, skipped } = await refit(model, made, batchesOf(4, [8, 5, 12]));
    const found = layers.find(({ layer }) => layer === "head/product");
    if (apart.length > 2) expect(found?.result).toBe("exact");
    else
      expect(skipped).toContainEqual({
        layer: "head/product",
        reason: "which of the original's rows are left is not known",
      });
  });

  it("needs a loader, and more than one batch", async () => {
    const model = linear();
    const { cut, smaller } = cutOf(model);
    const batches = batchesOf(2, [4, 5]);
    await expect(tfjsTwins(model, smaller, cut, batches)).rejects.toMatchObject({ code: "not-loaded" });
    await expect(
      tfjsTwins(model, smaller, cut, batches.slice(1), { load: loadGraphModel }),
    ).rejects.toMatchObject({ code: "few-batches" });
  });
});
