import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveModel } from "@prune/tfjs/node";
import * as tf from "@tensorflow/tfjs-core";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { evaluate } from "../src/commands/eval.js";
import { useBackend } from "../src/tfjs/open-tfjs.js";
import { prune } from "./command.js";

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
  await saveModel(at("net"), net);
  const x = Array.from({ length: 48 }, (_, i) => [Math.sin(i) + 1.5, Math.cos(3 * i) + 1.5]);
  writeFileSync(data, JSON.stringify({ x, y: x.map(([a = 0, b = 0]) => (a > b ? 0 : 1)) }));
});

describe("labelled samples for a LayersModel", () => {
  it("count what it answers right", async () => {
    expect(await evaluate(model, { data })).toMatchObject({ samples: 48, correct: 48, top1: 1 });
  });
  it.each(["taylor", "fisher"])("let %s see what weights alone don't", async (name) => {
    const options = ["-r", "0.4", "--json"];
    await prune(model, "-o", at("by-weight"), ...options);
    const ran = await prune(model, "-o", at(name), ...options, "-i", name, "--data", data);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ criterion: name, removed: 1, law: { holds: true } });
    expect((await evaluate(join(at(name), "model.json"), { data })).top1).toBe(1);
    expect((await evaluate(join(at("by-weight"), "model.json"), { data })).top1).toBeLessThan(0.8);
  });
  it.each<[RegExp, string[]]>([
    [/--importance taylor: it needs samples; .* and their --labels/, ["-i", "taylor"]],
    [/--importance wanda: it needs activations, .*ONNX/, ["-i", "wanda", "--data", data]],
    [/--data: it needs an ONNX model, or a criterion of gradients: taylor/, ["--data", data]],
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
