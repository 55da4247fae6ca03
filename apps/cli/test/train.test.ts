import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readModel } from "@prune/onnx";
import { modelToFiles } from "@prune/tfjs/advanced";
import { afterAll, expect, it } from "vitest";
import { buildModel } from "../../../packages/onnx/test/exported/builder.js";
import { buildGraph } from "../../../packages/tfjs/test/build-graph.js";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-train-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const data = ["--data", sample("glyphs-test.images.u8"), "--data-config", sample("glyphs.json")];
const labels = ["--labels", sample("glyphs-test.labels.u8")];
const brief = ["--batch", "32", "--steps", "20", "--rate", "0.0003"];

it("trains a cut model by its original without labels, and by labels too", async () => {
  await prune(glyphs, "-o", at("small.onnx"), "--ratio", "0.1", "--no-verify");
  const { code, out, err } = await prune(
    "train",
    at("small.onnx"),
    "-o",
    at("trained.onnx"),
    "--teacher",
    glyphs,
    ...data,
    ...brief,
    "--report",
    at("report.json"),
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/20 steps in \d+ s, all there were to do/);
  const report = JSON.parse(readFileSync(at("report.json"), "utf8"));
  expect(report.best.loss).toBeLessThan(report.curve[0].loss);
  expect(report.best).not.toHaveProperty("accuracy");
  const both = await prune(
    "train",
    at("small.onnx"),
    "-o",
    at("both.onnx"),
    "--teacher",
    glyphs,
    ...data,
    ...labels,
    ...brief,
    "--json",
  );
  const { best, curve } = JSON.parse(both.out);
  expect(best.accuracy).toBeGreaterThan(curve[0].accuracy);
  const [trained, before] = await Promise.all(
    ["both.onnx", "small.onnx"].map(
      async (name) => JSON.parse((await prune("eval", at(name), ...data, ...labels, "--json")).out).top1,
    ),
  );
  expect(trained).toBeGreaterThan(before);
}, 120_000);

it("is a part of a pruning, with its curve as a picture", async () => {
  const { code, out, err } = await prune(
    glyphs,
    "-o",
    at("whole.onnx"),
    ...["--ratio", "0.3", "--recover", "none", "--threads", "1", ...data, ...labels],
    ...["--train", "steps=20,batch=32,rate=0.001", "--curve", at("whole.svg"), "--report", at("whole.json")],
  );
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).not.toMatch(/accuracy not measured/);
  expect(out).toMatch(/20 steps in \d+ s, all there were to do/);
  const { training } = JSON.parse(readFileSync(at("whole.json"), "utf8"));
  expect(training).toMatchObject({ from: "both", samples: 1000 });
  const svg = readFileSync(at("whole.svg"), "utf8");
  expect(svg).toContain(`best after step ${training.best.step}`);
  // A dot for each look at loss and accuracy, all of them inside the plot.
  const dots = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(dots).toHaveLength(2 * training.curve.length);
  for (const [x, y] of dots) {
    expect(x).toBeGreaterThanOrEqual(60);
    expect(x).toBeLessThanOrEqual(420);
    expect(y).toBeGreaterThanOrEqual(46);
    expect(y).toBeLessThanOrEqual(250);
  }
}, 120_000);

it("never writes over what it reads, whatever the option", async () => {
  const own = join(folder, "own.u8");
  copyFileSync(sample("glyphs-test.images.u8"), own);
  const before = readFileSync(own);
  const reads = ["--data", own, "--data-config", sample("glyphs.json"), ...labels];
  for (const option of ["--report", "--curve", "--checkpoint", "-o"]) {
    const to = option === "-o" ? [] : ["-o", at("never.onnx")];
    const { code, err } = await prune("train", glyphs, ...to, option, own, ...reads, ...brief);
    expect(code).toBe(1);
    expect(err).toMatch(/would overwrite|must end in/);
  }
  const same = await prune(
    "train",
    glyphs,
    "-o",
    at("same.onnx"),
    "--report",
    at("same.onnx"),
    ...reads,
    ...brief,
  );
  expect(same.code).toBe(1);
  expect(readFileSync(own).equals(before)).toBe(true);
  expect(existsSync(at("never.onnx")) || existsSync(at("same.onnx"))).toBe(false);
}, 60_000);

it("refuses labels that are none, with what is wrong, and writes nothing", async () => {
  const right = [...readFileSync(sample("glyphs-test.labels.u8"))];
  const but = (label: number): number[] => right.map((own, i) => (i === 3 ? label : own));
  for (const [what, changed, message] of [
    ["range", but(99), /Label 99 of sample 3 is outside the model's 36 classes/],
    ["negative", but(-1), /Label -1 of sample 3 is no class/],
    ["float", but(1.5), /Label 1.5 of sample 3 is no class/],
    ["few", right.slice(0, 10), /1000 samples and 10 labels/],
    ["text", right.map(String), /it\[0\] is no number/],
  ] as const) {
    const file = at(`${what}.json`);
    writeFileSync(file, JSON.stringify(changed));
    const out = at(`${what}.onnx`);
    const { code, err } = await prune("train", glyphs, "-o", out, ...data, "--labels", file, ...brief);
    expect({ what, code }).toEqual({ what, code: 1 });
    expect(err).toMatch(message);
    expect(existsSync(out)).toBe(false);
  }
}, 60_000);

it("stops at a number that isn't finite, keeps the best step, and says which tensor it is in", async () => {
  const wild = ["--rate", "1000", "--optimiser", "sgd", "--batch", "32", "--steps", "8"];
  const { code, out } = await prune("train", glyphs, "-o", at("wild.onnx"), ...data, ...labels, ...wild);
  expect(code).toBe(0);
  expect(out).toMatch(/stopped at step \d+: (\S+) is no finite number\. A lower --rate may help/);
  expect(out).toMatch(/as it was after step 0/);
  // By a name of the model, though its norms are written out to be differentiated.
  const [, tensor] = /: (\S+) is no finite/.exec(out) ?? [];
  const { graph } = readModel(readFileSync(glyphs));
  expect([...graph.initializers.keys(), ...graph.nodes.flatMap((node) => node.outputs)]).toContain(tensor);
  // What is kept answers as the model that came.
  const [kept, before] = await Promise.all(
    [at("wild.onnx"), glyphs].map(
      async (path) => JSON.parse((await prune("eval", path, ...data, ...labels, "--json")).out).top1,
    ),
  );
  expect(kept).toBe(before);
}, 60_000);

it("refuses a teacher of other classes, and models that are not ONNX", async () => {
  const other = at("other.onnx");
  writeFileSync(
    other,
    buildModel((g) => {
      const flat = g.op("Flatten", [g.input("x", [1, 1, 28, 28])]);
      g.op("MatMul", [flat, g.weight([784, 10])], {}, "y");
      g.output("y");
    }),
  );
  const taught = await prune("train", glyphs, "-o", at("taught.onnx"), "--teacher", other, ...data, ...brief);
  expect(taught).toMatchObject({ code: 1, err: expect.stringMatching(/scores 36 and the teacher 10/) });
  const graph = at("graph");
  mkdirSync(graph);
  const { json, shards } = modelToFiles(
    buildGraph((b) => [b.node("MatMul", [b.input("x", [-1, 6]), b.weight("w", [6, 3])], {}, "y")]),
  );
  writeFileSync(join(graph, "model.json"), JSON.stringify(json));
  for (const { path, bytes } of shards) writeFileSync(join(graph, path), bytes);
  const path = join(graph, "model.json");
  const none = await prune("train", path, "-o", at("g.onnx"), ...data, ...labels, ...brief);
  expect(none).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Training works on ONNX models alone, and .*model\.json is none/),
  });
  expect(existsSync(at("taught.onnx")) || existsSync(at("g.onnx"))).toBe(false);
}, 60_000);

it("refuses what it can't train on, and writes nothing", async () => {
  const none = await prune("train", glyphs, "-o", at("none.onnx"), ...data, ...brief);
  expect(none.code).toBe(2);
  expect(none.err).toMatch(/nothing to train towards/);
  const over = await prune("train", glyphs, "-o", glyphs, ...data, ...labels, ...brief);
  expect(over.err).toMatch(/would overwrite/);
  expect(existsSync(at("none.onnx"))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
});
