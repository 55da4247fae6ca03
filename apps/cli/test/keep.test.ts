import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { workflow } from "../src/workflow.js";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-keep-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const config = sample("glyphs.json");
const train = ["--data", sample("glyphs-train512.images.u8"), "--data-config", config];
const test = { data: sample("glyphs-test.images.u8"), labels: sample("glyphs-test.labels.u8"), config };
const labelled = ["--data", test.data, "--labels", test.labels, "--data-config", config];

interface Held {
  readonly value: number;
  readonly standardError: number;
}
interface Tried {
  readonly left: number;
  readonly macs: number;
  readonly holds: boolean;
  readonly agreement: Held;
  readonly change: Held;
}

describe("prune --keep", () => {
  it("writes the smallest model that keeps an agreement, and every budget that was tried", async () => {
    const args = [glyphs, ...train, "--samples", "256", "--keep", "agreement=0.95", "-o", at("a.onnx")];
    const ran = await prune(...args, "--curve", at("curve.json"), "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    const report = JSON.parse(ran.out);
    const { points, confirmations, original, samples, least } = report.keep as {
      points: Tried[];
      confirmations: Tried[];
      original: { macs: number };
      samples: unknown;
      least: number;
    };
    expect(JSON.parse(readFileSync(at("curve.json"), "utf8"))).toEqual(report.keep);
    expect(samples).toEqual({ recovery: 128, judging: 64, confirming: 64 });
    expect(least).toBe(0.95);
    for (const { agreement, holds, left, macs } of points) {
      expect(holds).toBe(agreement.value >= 0.95);
      expect(left).toBeCloseTo(macs / original.macs, 12);
      expect(agreement.standardError).toBeLessThan(0.07);
    }
    expect(points.some(({ holds }) => !holds)).toBe(true);
    const smallest = Math.min(...points.filter(({ holds }) => holds).map(({ macs }) => macs));
    expect(confirmations[0]?.left).toBe(smallest / original.macs);
    expect(confirmations.at(-1)?.holds).toBe(true);
    for (const { agreement, holds } of confirmations)
      expect(holds).toBe(agreement.value + 2 * agreement.standardError >= 0.95);
    expect(report.after.macs / original.macs).toBe(confirmations.at(-1)?.left);
    expect(smallest).toBeLessThan(0.7 * original.macs);
    expect(report).toMatchObject({ law: { holds: true }, recovery: { result: "recovered" } });
    expect((await workflow.evaluate(at("a.onnx"), test)).top1).toBeGreaterThan(0.9);
  }, 120_000);

  it("keeps the accuracy within some points on labelled samples, and draws the curve", async () => {
    const args = [
      glyphs,
      ...labelled,
      "--keep",
      "accuracy=-2%",
      "--samples",
      "400",
      "-o",
      at("b.onnx"),
      "--curve",
      at("curve.svg"),
    ];
    const { code, err, out } = await prune(...args);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(
      /smallest of \d+ budgets that keeps the accuracy within 2.0 points of the original's, searched on 100 samples/,
    );
    expect(out).toMatch(/^confirmed on 100 other samples, .*: change of accuracy -?\d.* % ± \d/m);
    expect(out).toMatch(/^MACs +parameters +agreement +accuracy +change\n100.0 % .* the original$/m);
    expect(out).toMatch(/accuracy on them: \d+.*the original, \d+.* cut, \d+.* recovered/);
    const svg = readFileSync(at("curve.svg"), "utf8");
    expect(svg).toMatch(/^<svg .*>\n<title>change of accuracy against the share of MACs left<\/title>/);
    expect(svg.match(/<circle /g)?.length).toBeGreaterThan(6);
    expect(svg).toMatch(/on 100 samples without a part in it/);
  }, 120_000);

  it("tells every budget where none keeps it, and writes nothing", async () => {
    const curve = at("missed.json");
    const args = [
      glyphs,
      ...labelled.slice(0, 2),
      ...labelled.slice(4),
      "--recover",
      "none",
      "--keep",
      "accuracy=0.9",
    ];
    writeFileSync(at("wrong.u8"), new Uint8Array(1000));
    const { code, err } = await prune(
      ...args,
      "--labels",
      at("wrong.u8"),
      "-o",
      at("c.onnx"),
      "--curve",
      curve,
    );
    expect(code).toBe(1);
    expect(err).toMatch(/keeps an accuracy of at least 90.0 %/);
    expect(err.match(/% of the macs left: accuracy .* ± .*, not held/g)?.length).toBeGreaterThan(4);
    expect(existsSync(at("c.onnx")) || existsSync(curve)).toBe(false);
  }, 60_000);

  it.each<[RegExp, string[]]>([
    [/--keep: it can't be combined with --ratio/, [...train, "-r", "0.5"]],
    [/--keep: it can't be combined with --target/, [...train, "-t", "macs=0.5"]],
    [/--keep: it can't be combined with --lossless/, ["--lossless"]],
    [/--keep: it needs samples/, []],
    [/--curve: it must end in .json or .svg/, [...train, "--curve", "curve.png"]],
    [/'agreement=much' is invalid.*It must be agreement=0.98/, [...train, "--keep", "agreement=much"]],
    [/--keep: agreement must be a number above 0 to 1/, [...train, "--keep", "agreement=98"]],
    [/--keep accuracy: it needs labels/, [...train, "--keep", "accuracy=-0.01"]],
    [/'latency' is invalid/, [...train, "--keep-by", "latency"]],
  ])("refuses with exit code 2: %s", async (message, args) => {
    const ran = await prune(glyphs, "-o", at("no.onnx"), "--keep", "agreement=0.9", ...args);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(2);
    expect(existsSync(at("no.onnx"))).toBe(false);
  });

  it.each([
    ["--keep-by", "bytes"],
    ["--curve", "curve.json"],
  ])("says that %s needs it", async (...option) => {
    const ran = await prune(glyphs, "-o", at("no.onnx"), ...option);
    expect(ran.err).toMatch(/it needs --keep/);
    expect(ran.code).toBe(2);
  });
});
