import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelFiles, saveTfjsModel } from "@prune/tfjs/node";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeGraphModel } from "../../../packages/sweep/test/tfjs-models.js";
import { workflow } from "../src/workflow.js";
import { prune } from "./command.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-tfjs-data-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const model = at("net/model.json");
const data = at("data.json");

/** The larger of two numbers, told by two hidden units; the largest weights belong to a third that nothing reads. */
beforeAll(async () => {
  await useBackend("cpu");
  const net = sequential({
    layers: [
      layers.dense({ inputShape: [2], units: 3, useBias: false }),
      layers.dense({ units: 2, useBias: false, activation: "softmax" }),
    ],
  });
  net.setWeights([tf.tensor([1, 0, 9, 0, 1, 9], [2, 3]), tf.tensor([1, 0, 0, 1, 0, 0], [3, 2])]);
  mkdirSync(at("net"));
  await saveTfjsModel(at("net"), net);
  const x = Array.from({ length: 48 }, (_, i) => [Math.sin(i) + 1.5, Math.cos(3 * i) + 1.5]);
  writeFileSync(data, JSON.stringify({ x, y: x.map(([a = 0, b = 0]) => (a > b ? 0 : 1)) }));
});

describe("labelled samples for a LayersModel", () => {
  it("count what it answers right", async () => {
    expect(await workflow.evaluate(model, { data })).toMatchObject({ samples: 48, correct: 48, top1: 1 });
  });
  it.each(["taylor", "fisher"])("let %s see what weights alone don't", async (name) => {
    const options = ["-r", "0.4", "--json"];
    await prune(model, "-o", at("by-weight"), ...options);
    const scored = [...options, "-i", name, "--data", data, "--recover", "none"];
    const ran = await prune(model, "-o", at(name), ...scored);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ criterion: name, removed: 1, law: { holds: true } });
    expect((await workflow.evaluate(join(at(name), "model.json"), { data })).top1).toBe(1);
    expect((await workflow.evaluate(join(at("by-weight"), "model.json"), { data })).top1).toBeLessThan(0.8);
  });
  it.each<[RegExp, string[]]>([
    [/--importance taylor: it needs samples; .* and their --labels/, ["-i", "taylor"]],
    [/--importance wanda: it needs activations, .*ONNX/, ["-i", "wanda", "--data", data]],
    [/--recover lsq,logits: logits need an ONNX model/, ["--data", data, "--recover", "lsq,logits"]],
    [/--recover synthetic: it needs an ONNX model/, ["--recover", "synthetic"]],
    [/--keep.*ONNX/, ["--data", data, "--keep", "agreement=0.9"]],
    [/--steps: gradients are taken once/, ["-i", "taylor", "--data", data, "--steps", "2"]],
    [/--labels: there is a class 7, and the model has 2/, ["-i", "taylor", "--data", at("bad.json")]],
    [/--data: gradients of a loss need classes/, ["-i", "taylor", "--data", at("none.json")]],
  ])("are refused: %s", async (message, args) => {
    writeFileSync(at("bad.json"), JSON.stringify({ x: [[1, 2]], y: [7] }));
    writeFileSync(at("none.json"), JSON.stringify([[1, 2]]));
    const ran = await prune(model, "-o", at("no"), ...args);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(2);
  });
});

describe("samples for a TensorFlow.js model win accuracy back", () => {
  const images = at("images.npy");
  const wide = at("wide/model.json");
  const graph = at("graph/model.json");

  /** The same convolution in both formats, and images for it with their channels first. */
  beforeAll(async () => {
    await useBackend("cpu");
    const count = 96;
    const values = randomNumbers(5, count * 3 * 36);
    writeFileSync(images, npy(values, [count, 3, 6, 6]));
    const [first, second] = [randomNumbers(6, 9 * 3 * 12), randomNumbers(7, 12 * 4)].map((list) =>
      list.map((v) => v / 4),
    );
    const net = sequential({
      layers: [
        layers.conv2d({ inputShape: [6, 6, 3], filters: 12, kernelSize: 3, activation: "relu" }),
        layers.globalAveragePooling2d({}),
        layers.dense({ units: 4 }),
      ],
    });
    net.setWeights([
      tf.tensor(first!, [3, 3, 3, 12]),
      tf.zeros([12]),
      tf.tensor(second!, [12, 4]),
      tf.zeros([4]),
    ]);
    mkdirSync(at("wide"));
    await saveTfjsModel(at("wide"), net);
    writeGraphModel(at("graph"), first!, second!);
  });

  it.each([
    ["LayersModel", wide],
    ["GraphModel", graph],
  ])("of a %s, after the law was checked", async (_, path) => {
    const run = (out: string, ...args: string[]) =>
      prune(path, "-o", at(out), "-r", "0.5", "--data", images, ...args);
    const ran = await run("mended", "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    const report = JSON.parse(ran.out);
    expect(report).toMatchObject({
      law: { holds: true },
      recovery: {
        seed: 0,
        runtime: "TensorFlow.js",
        result: "recovered",
        samples: { fitted: 84, unseen: 12 },
      },
    });
    const { before, after, layers: found } = report.recovery;
    expect(after.error).toBeLessThan(0.5 * before.error);
    for (const layer of found) expect(layer.after).toBeLessThanOrEqual(layer.before);
    const { out } = await run("again");
    expect(out).toMatch(/recovered on 84 samples .* the law was checked before that/);
    expect(out).toMatch(/^samples feed ".+" numbers from [-\d.]+ to [\d.]+, /m);
    expect(out).toMatch(/% in TensorFlow.js, /);
    const weights = (of: string): Buffer =>
      Buffer.concat(modelFiles(join(at(of), "model.json")).map((file) => readFileSync(file)));
    expect(weights("again").equals(weights("mended"))).toBe(true);
    const both = await run("moments", "--recover", "bias,bn", "--json");
    expect(both.err).toBe("");
    const moments = JSON.parse(both.out).recovery;
    expect(moments.steps.map(({ step }: { step: string }) => step)).toEqual(["refit", "re-estimation"]);
    expect(moments.layers.flatMap(({ methods }: { methods: string[] }) => methods).join()).toMatch(/bias/);
    await run("none", "--recover", "none");
    await prune(path, "-o", at("plain"), "-r", "0.5");
    expect(weights("none").equals(weights("plain"))).toBe(true);
    expect(weights("none").equals(weights("mended"))).toBe(false);
  });

  it("refuses too few of them", async () => {
    const ran = await prune(wide, "-o", at("no"), "--data", images, "--samples", "2");
    expect(ran.err).toMatch(/3 batches of .* are needed/);
    expect(existsSync(at("no"))).toBe(false);
  });
});

function npy(values: Float32Array, shape: readonly number[]): Buffer {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = `${text.padEnd(117)}\n`;
  const start = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0]);
  return Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from(values.slice().buffer)]);
}

/** Numbers from a seed, roughly normal. */
function randomNumbers(seed: number, count: number): Float32Array {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return Float32Array.from({ length: count }, () => (next() + next() + next() - 1.5) * 1.6);
}
