import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
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

it("refuses what it can't train on, and writes nothing", async () => {
  const none = await prune("train", glyphs, "-o", at("none.onnx"), ...data, ...brief);
  expect(none.code).toBe(2);
  expect(none.err).toMatch(/nothing to train towards/);
  const over = await prune("train", glyphs, "-o", glyphs, ...data, ...labels, ...brief);
  expect(over.err).toMatch(/would overwrite/);
  expect(existsSync(at("none.onnx"))).toBe(false);
  expect(readdirSync(folder).filter((name) => name.includes("part"))).toEqual([]);
});
