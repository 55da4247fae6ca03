import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
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

it("refuses what it can't train on, and writes nothing", async () => {
  const none = await prune("train", glyphs, "-o", at("none.onnx"), ...data, ...brief);
  expect(none.code).toBe(2);
  expect(none.err).toMatch(/nothing to train towards/);
  const over = await prune("train", glyphs, "-o", glyphs, ...data, ...labels, ...brief);
  expect(over.err).toMatch(/would overwrite/);
  expect(existsSync(at("none.onnx"))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
});
