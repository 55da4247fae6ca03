import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecoveryJobReport } from "@prune/workflow/advanced";
import { afterAll, describe, expect, it } from "vitest";
import { dataFreeText } from "../src/data-free-text.js";
import { recoveryText } from "../src/recovery-text.js";
import { workflow } from "../src/workflow.js";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-recover-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
const data = sample("glyphs-train512.images.u8");
const config = sample("glyphs.json");
const test = { data: sample("glyphs-test.images.u8"), labels: sample("glyphs-test.labels.u8"), config };
const cut = [glyphs, "-r", "0.5", "--global", "-i", "lamp"];

describe("prune --data", () => {
  it("wins back accuracy on unlabelled samples, after the law was checked", async () => {
    expect(await prune(...cut, "-o", at("cut.onnx"))).toMatchObject({ code: 0, err: "" });
    const ran = await prune(...cut, "-o", at("a.onnx"), "--data", data, "--data-config", config, "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    const report = JSON.parse(ran.out);
    expect(report).toMatchObject({
      law: { holds: true },
      recovery: { seed: 0, result: "recovered", samples: { fitted: 448, unseen: 64 } },
    });
    expect(report.recovery.after.top1).toBeGreaterThan(report.recovery.before.top1 + 0.3);
    for (const { before, after } of report.recovery.layers) expect(after).toBeLessThanOrEqual(before);
    const [alone, recovered] = [
      await workflow.evaluate(at("cut.onnx"), test),
      await workflow.evaluate(at("a.onnx"), test),
    ];
    expect(recovered.top1).toBeGreaterThan(alone.top1 + 0.3);
  }, 60_000);

  it("repeats bit for bit and says what it did; --config may describe the samples", async () => {
    const { out } = await prune(...cut, "-o", at("b.onnx"), "--data", data, "--config", config);
    expect(out).toMatch(/cut = mask within .*\nrecovered on 448 samples .* the law was checked before that/);
    expect(out).toMatch(/^samples feed "input" numbers from -?[\d.]+ to [\d.]+, -?[\d.]+ on average$/m);
    expect(out).toMatch(/agreement with the original on 64 held-out samples: top-1 \d.* error \d+.\d % -> /);
    expect(out).not.toMatch(/samples judge little/);
    expect(readFileSync(at("b.onnx")).equals(readFileSync(at("a.onnx")))).toBe(true);
  }, 60_000);

  it("reports the accuracy on held-out samples where there are labels", async () => {
    const labelled = [
      "--data",
      test.data,
      "--labels",
      test.labels,
      "--data-config",
      config,
      "--samples",
      "240",
    ];
    const { out, code } = await prune(...cut, "-o", at("l.onnx"), ...labelled, "--json");
    expect(code).toBe(0);
    const { samples, accuracy } = JSON.parse(out).recovery;
    expect(samples).toEqual({ fitted: 210, unseen: 30 });
    expect(accuracy.original.value).toBeGreaterThan(0.95);
    expect(accuracy.after.value).toBeGreaterThan(accuracy.before.value + 0.3);
    expect(accuracy.after.standardError).toBeLessThan(0.1);
  }, 60_000);

  it("changes nothing with --recover none", async () => {
    await prune(...cut, "-o", at("none.onnx"), "--data", data, "--config", config, "--recover", "none");
    expect(readFileSync(at("none.onnx")).equals(readFileSync(at("cut.onnx")))).toBe(true);
  });

  it.each(["synthetic", "merge", "means"])(
    "needs no data for %s, and says so",
    async (how) => {
      const ran = await prune(...cut.slice(0, 1), "-r", "0.2", "-o", at(`${how}.onnx`), "--recover", how);
      expect(ran).toMatchObject({ code: 0, err: "" });
      expect(ran.out).toMatch(/cut = mask within .*\nno data: /);
      if (how === "synthetic") {
        expect(ran.out).toMatch(
          /made-up inputs \(shaped by BatchNormalizations: divergence .*all that follows/,
        );
        const plain = await prune(...cut.slice(0, 1), "-r", "0.2", "-o", at("plain.onnx"));
        expect(plain.code).toBe(0);
        const [before, after] = [
          await workflow.evaluate(at("plain.onnx"), test),
          await workflow.evaluate(at("synthetic.onnx"), test),
        ];
        expect(after.top1).toBeGreaterThan(before.top1);
      }
    },
    120_000,
  );

  it("drops what samples say is worse than removing", async () => {
    const args = [glyphs, "-r", "0.3", "-o", at("m.onnx"), "--recover", "merge", "--samples", "64", "--json"];
    const { out, code } = await prune(...args, "--data", data, "--data-config", config);
    expect(code).toBe(0);
    const { judged, layers } = JSON.parse(out).dataFree;
    expect(layers.length).toBeGreaterThan(0);
    expect(judged.samples).toBe(64);
    const isWorse = judged.after.error > judged.before.error;
    expect(judged.result).toBe(isWorse ? "kept" : "applied");
  }, 60_000);

  it("says where merging or means had nothing to change", () => {
    const layers = [{ layer: "conv", merged: 0, removed: 2 }];
    expect(dataFreeText({ method: "merge", layers, changed: false })).toMatch(/^nothing merged: .*cut alone/);
    expect(dataFreeText({ method: "means", changed: false })).toMatch(/^no means won back: .*cut alone/);
    const one = [{ layer: "conv", merged: 1, removed: 2 }];
    expect(dataFreeText({ method: "merge", layers: one, changed: true })).toBe(
      "no data: channels merged into others: 1; just left: 2; layers: 1",
    );
  });

  it("says when the refit was rolled back", () => {
    const before = { top1: 0.9, cosine: 0.9, kl: 0.1, error: 0.1 };
    const seconds = { total: 2, runtime: 1, solving: 0.5, other: 0.5 };
    const layer = {
      layer: "conv",
      result: "refitted",
      before: 0.2,
      after: 0.1,
      methods: ["affine"],
      tried: [],
    } as const;
    const report = {
      layers: [],
      logits: [],
      skipped: [],
      seconds,
      before,
      after: before,
      result: "kept",
      seed: 0,
    } as const;
    const samples = { fitted: 448, unseen: 64 };
    const estimate = (value: number) => ({ value, standardError: 0.01 });
    const told = (steps: RecoveryJobReport["steps"]): string =>
      recoveryText({ ...report, samples, steps, layers: steps.length > 0 ? [layer] : [] }, true);
    const step = {
      step: "refit",
      error: estimate(0.1),
      top1: estimate(-0.05),
      result: "rolled back",
    } as const;
    expect(told([{ ...step, by: "top1" }])).toMatch(
      /^recovery rolled back, so the cut alone is written\nrefit rolled back: top-1 agreement 5.0 % ± 1.0 lower on 64 held-out samples\n/,
    );
    expect(told([{ ...step, by: "error" }])).toMatch(/refit rolled back: error 10.0 % ± 1.0 higher on 64/);
    const { top1: _, ...noScores } = { ...step, result: "applied", by: "error" } as const;
    expect(told([noScores])).toMatch(
      /on 64 held-out samples: cosine 0.900 -> 0.900, error 10.0 % -> 10.0 %$/m,
    );
    expect(told([])).toMatch(/^nothing could be refitted, so the cut alone is written/);
  });

  it("refits by the methods that are asked for alone", async () => {
    const options = ["--data", data, "--data-config", config, "--samples", "256", "--json"];
    const recoveryBy = async (how: string) => {
      const { out } = await prune(...cut, "-o", at("by.onnx"), ...options, "--recover", how);
      return JSON.parse(out).recovery as RecoveryJobReport;
    };
    const namesOf = (layers: RecoveryJobReport["layers"]): string[] =>
      [...new Set(layers.flatMap(({ methods }) => methods))].filter(
        (name) => name !== undefined && name !== null,
      );
    const by = async (how: string): Promise<string[]> => namesOf((await recoveryBy(how)).layers);
    const bn = await recoveryBy("bn");
    expect(bn.layers).toEqual([]);
    expect(bn.steps).toMatchObject([{ step: "re-estimation", result: "applied" }]);
    expect(bn.moments?.norms.length).toBe(9);
    expect(bn.moments?.norms.some(({ result }) => result === "refitted")).toBe(true);
    expect(bn.moments?.layers.map(({ layer }) => layer)).toEqual(["logits"]);
    expect(bn.after.top1).toBeGreaterThan(bn.before.top1);
    const after = await recoveryBy("bn,lsq");
    expect(after.steps.map(({ step }) => step)).toEqual(["refit", "re-estimation"]);
    expect(after.layers.length).toBeGreaterThan(0);
    const both = await by("lsq,bias");
    expect(both.length).toBeGreaterThan(0);
    expect(both.filter((name) => name !== "bias" && !/^lsq [^,]+$/.test(name))).toEqual([]);
  }, 60_000);

  it.each<[number, RegExp, string[]]>([
    [2, /--recover synthetic: it can't be combined with --data/, ["--data", data, "--recover", "synthetic"]],
    [2, /--recover merge: it can't be combined with --mask/, ["--mask", "--recover", "merge"]],
    [2, /logits needs a method/, ["--data", data, "--data-config", config, "--recover", "logits"]],
    [2, /--recover: it needs samples; add --data PATH/, ["--recover", "auto"]],
    [2, /--data-config: it needs samples; add --data PATH/, ["--data-config", config]],
    [1, /holds raw bytes; which shape does a sample have/, ["--data", data]],
    [2, /--labels: it needs samples; add --data PATH/, ["--labels", "y"]],
    [2, /--recover auto: it can't be combined with --mask/, ["--data", data, "--recover", "auto", "--mask"]],
    [2, /--data: it can't be combined with --mask/, ["--data", data, "--data-config", config, "--mask"]],
    [2, /--data: it can't be combined with --lossless/, ["--data", data, "-c", config, "--lossless"]],
    [2, /"beauty" is none of auto, none/, ["--data", data, "--data-config", config, "--recover", "beauty"]],
    [
      1,
      /1000 image bytes are not a whole, positive number of samples of 784/,
      ["--data", test.labels, "--data-config", config],
    ],
    [1, /Can't read nowhere.u8/, ["--data", "nowhere.u8", "--data-config", config]],
    [
      1,
      /Samples of shape 1x28x14 don't fit .*float32\[.*,1,28,28\]/,
      ["--data", data, "--data-config", at("half.json")],
    ],
    [1, /all 64 samples hold the same values/, ["--data", at("same.u8"), "--data-config", config]],
    [1, /"std" is wrong: it is 0/, ["--data", data, "--data-config", at("flat.json")]],
  ])("exits with %i: %s", async (code, message, args) => {
    writeFileSync(at("same.u8"), new Uint8Array(64 * 28 * 28).fill(9));
    writeFileSync(at("half.json"), JSON.stringify({ shape: [1, 28, 14] }));
    writeFileSync(at("flat.json"), JSON.stringify({ shape: [1, 28, 28], std: 0 }));
    const ran = await prune(glyphs, "-o", at("no.onnx"), "--no-verify", ...args);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(code);
    expect(existsSync(at("no.onnx"))).toBe(false);
  });
});
