import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PruneReport } from "@prune/workflow";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { npy, zip } from "../../../packages/samples/test/files.js";
import { workflow } from "../src/workflow.js";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-data-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const config = sample("glyphs.json");
const raw = { data: sample("glyphs-test.images.u8"), labels: sample("glyphs-test.labels.u8"), config };
const train = ["--data", sample("glyphs-train512.images.u8"), "--data-config", config];
const n = 108;
const images = readFileSync(raw.data).subarray(0, n * 784);
const labels = [...readFileSync(raw.labels).subarray(0, n)];
const { classes } = JSON.parse(readFileSync(config, "utf8")) as { readonly classes: readonly string[] };

beforeAll(async () => {
  const bytes = npy("|u1", [n, 28, 28], [...images]);
  writeFileSync(at("x.npy"), bytes);
  writeFileSync(at("y.npy"), npy("<i8", [n], labels));
  writeFileSync(at("both.npz"), zip({ "images.npy": bytes, "y.npy": npy("<i8", [n], labels) }, true));
  const nested = Array.from({ length: n }, (_, i) =>
    Array.from(images.subarray(i * 784, (i + 1) * 784), (b) => b / 255),
  );
  writeFileSync(at("both.json"), JSON.stringify({ input: nested, labels }));
  for (let i = 0; i < n; i++) {
    const place = at(`drawn/${classes[labels[i] as number]}`);
    mkdirSync(place, { recursive: true });
    const pixels = images.subarray(i * 784, (i + 1) * 784);
    await sharp(pixels, { raw: { width: 28, height: 28, channels: 1 } }).toFile(join(place, `${i}.png`));
  }
});

describe("eval finds the same in samples of any kind", () => {
  it("of each form", async () => {
    const pick = { ...raw, data: at("first.u8"), labels: at("first.labels.u8") };
    writeFileSync(pick.data, images);
    writeFileSync(pick.labels, Uint8Array.from(labels));
    const wanted = await workflow.evaluate(glyphs, pick);
    expect(wanted).toMatchObject({ samples: n, correct: n });
    expect(
      await workflow.evaluate(glyphs, { data: at("x.npy"), labels: at("y.npy"), config: { classes } }),
    ).toEqual(wanted);
    expect(await workflow.evaluate(glyphs, { data: at("both.npz"), config: { classes } })).toEqual(wanted);
    expect(await workflow.evaluate(glyphs, { data: at("both.json"), config: { classes } })).toEqual(wanted);
    expect(await workflow.evaluate(glyphs, { data: at("drawn"), config: { classes } })).toEqual(wanted);
  });
  it.each<[number, RegExp, string[]]>([
    [2, /--data: which samples/, []],
    [2, /--images: it says the same as --data/, ["--data", "a", "--images", "b"]],
    [
      2,
      /--config: it says the same as --data-config/,
      ["--data", "a", "--config", config, "--data-config", config],
    ],
    [1, /Accuracy needs labels/, ["--data", raw.data, "--config", config]],
    [1, /Can't read .*nowhere: no such file/, ["--data", at("nowhere")]],
  ])("exits with %i: %s", async (code, message, args) => {
    const ran = await prune("eval", glyphs, ...args);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(code);
  });
});

const report = async (...args: string[]) => {
  const ran = await prune(glyphs, "-o", at("s.onnx"), "--no-verify", "--json", "-r", "0.3", ...args);
  expect(ran.err).toBe("");
  return JSON.parse(ran.out);
};
const some = [...train, "--samples", "64", "--recover", "none"];

describe("--importance", () => {
  it.each(["activation", "apoz", "wanda", "variance", "plain-variance", "reconstruction"])(
    "%s sees what samples make of the model",
    async (name) => {
      const { criterion, removed, recovery } = await report("-i", name, ...some);
      expect({ criterion, removed, recovery }).toEqual({
        criterion: name.replace("-", " "),
        removed: expect.any(Number),
        recovery: undefined,
      });
      expect(removed).toBeGreaterThan(50);
    },
    60_000,
  );
  it.each(["taylor", "taylor-multivariable", "fisher", "obd"])(
    "%s sees what a loss makes of the model",
    async (name) => {
      const labelled = [
        "--data",
        raw.data,
        "--data-config",
        config,
        "--labels",
        raw.labels,
        ...some.slice(4),
      ];
      const { criterion, removed } = await report("-i", name, ...(name === "obd" ? some : labelled));
      expect(criterion).toBe(name);
      expect(removed).toBeGreaterThan(50);
    },
    60_000,
  );
  it("scores anew what a step left, and may mask", async () => {
    const once = await report("-i", "wanda", "--mask", ...some.slice(0, -2));
    const steps = await report("-i", "wanda", "--mask", "--steps", "2", ...some.slice(0, -2));
    expect(steps).toMatchObject({ removed: once.removed, law: null });
  }, 60_000);
  it("scores as it is told to", async () => {
    const plain = await report("-i", "l2", "--global");
    const summed = await report("-i", "l2", "--global", "--reduction", "sum", "--normaliser", "none");
    expect(summed.groups).not.toEqual(plain.groups);
    const wanda = await report("-i", "wanda", "--global", "--normaliser", "gaussian", ...some);
    expect(wanda.criterion).toBe("wanda by gaussian");
  }, 60_000);
  it.each<[RegExp, string[]]>([
    [/--importance wanda: it needs samples; add --data PATH/, ["-i", "wanda"]],
    [
      /--data: gradients of a loss need classes; add --labels, or score by --importance obd/,
      ["-i", "taylor", ...some],
    ],
    [
      /--reduction: --importance wanda does not score parameters/,
      ["-i", "wanda", "--reduction", "sum", ...some],
    ],
    [/--allocation sensitivity: it needs samples/, ["--allocation", "sensitivity"]],
    [/--allocation and --global contradict/, ["--allocation", "sensitivity", "--global", ...some]],
    [/--allocation auto: it needs samples/, ["--allocation", "auto"]],
    [/--allocation and --global contradict/, ["--allocation", "auto", "--global", ...train]],
    [
      /--allocation auto: it compares what was recovered/,
      ["--allocation", "auto", "--recover", "none", ...some],
    ],
  ])("is refused: %s", async (message, args) => {
    const ran = await prune(glyphs, "-o", at("no.onnx"), "--no-verify", ...args);
    expect(ran.err).toMatch(message);
    expect(ran.code).toBe(2);
    expect(existsSync(at("no.onnx"))).toBe(false);
  });
});

it("verify holds the law on samples, too", async () => {
  const files = [at("v.onnx"), "--recipe", at("v.json")];
  await prune(glyphs, "-o", at("v.onnx"), "--recipe", at("v.json"), "-r", "0.2");
  const { code, out } = await prune("verify", glyphs, ...files, ...train, "--json");
  expect(code).toBe(0);
  const { law, zeroed } = JSON.parse(out);
  for (const one of [law, zeroed])
    expect(one).toMatchObject({ samples: 64, seeds: 8, holds: true, vacuous: false });
  const { out: text } = await prune("verify", glyphs, ...files, "--data", at("x.npy"), "--samples", "16");
  expect(text).toMatch(/gated masks: .*gated, 16 samples\)/);
}, 60_000);

describe("prune sensitivity", () => {
  it("tells by layer how the answers suffer, as a table, JSON and a picture", async () => {
    const files = ["--out", at("curves.json"), "--svg", at("curves.svg")];
    const ran = await prune("sensitivity", glyphs, ...train, "--samples", "128", ...files);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toMatch(/axis +units +10 % +25 % +50 % +75 %\nconv1\.weight:0 +16 +[\d.e-]+ +/);
    const made = JSON.parse(readFileSync(at("curves.json"), "utf8"));
    expect(made).toMatchObject({ format: "prune-sensitivity/1", metric: "error", samples: 128, seed: 0 });
    expect(made.curves).toHaveLength(6);
    for (const { points } of made.curves) expect(points[3].error).toBeGreaterThan(points[0].error);
    const svg = readFileSync(at("curves.svg"), "utf8");
    expect(svg.match(/<circle [^>]*><title>/g)).toHaveLength(24);
    expect(svg).not.toMatch(/NaN|undefined|Infinity/);
  }, 60_000);

  it("gives ratios that keep more answers right than one ratio for all", async () => {
    const target = ["-t", "macs=0.85", "--no-verify"];
    await prune(glyphs, "-o", at("even.onnx"), ...target);
    const own = await prune(
      glyphs,
      "-o",
      at("own.onnx"),
      ...target,
      "--allocation",
      at("curves.json"),
      "--json",
    );
    const { budget } = JSON.parse(own.out);
    expect(budget).toMatchObject({ met: true });
    const [even, allocated] = [
      await workflow.evaluate(at("even.onnx"), raw),
      await workflow.evaluate(at("own.onnx"), raw),
    ];
    expect(allocated.top1).toBeGreaterThan(even.top1 + 0.05);
    const direct = [...train, "--samples", "128", "--recover", "none"];
    await prune(glyphs, "-o", at("direct.onnx"), ...target, "--allocation", "sensitivity", ...direct);
    expect(readFileSync(at("direct.onnx")).equals(readFileSync(at("own.onnx")))).toBe(true);
  }, 60_000);

  it("is weighed against one ranking of all units, by what is nearer once it is recovered", async () => {
    const how = ["-t", "macs=0.6", "--no-verify", "-i", "wanda", ...train, "--samples", "256", "--json"];
    const made = async (name: string, ...more: string[]): Promise<[Buffer, PruneReport]> => {
      const { out } = await prune(glyphs, "-o", at(name), ...how, ...more);
      return [readFileSync(at(name)), JSON.parse(out)];
    };
    const [ranked, byRanking] = await made("ranked.onnx", "--global");
    const [measured, byLayer] = await made("measured.onnx", "--allocation", "sensitivity");
    const [auto, { allocation }] = await made("auto.onnx", "--allocation", "auto");
    const errors = { global: byRanking.recovery?.after.error, sensitivity: byLayer.recovery?.after.error };
    const by = (errors.global as number) <= (errors.sensitivity as number) ? "global" : "sensitivity";
    expect(allocation).toEqual({ by, errors });
    expect(errors.global).not.toBe(errors.sensitivity);
    expect(auto.equals(by === "global" ? ranked : measured)).toBe(true);
    const { out } = await prune(glyphs, "-o", at("told.onnx"), ...how.slice(0, -1), "--allocation", "auto");
    expect(out).toMatch(
      /layers share by (one ranking of all units|what each layer can spare): held-out error /,
    );
  }, 120_000);

  it("keeps to accuracy where it is asked, which needs labels", async () => {
    const few = ["--ratios", "0.5", "--samples", "64", "--metric", "accuracy"];
    const files = ["--data", raw.data, "--data-config", config];
    const refused = await prune("sensitivity", glyphs, ...files, ...few);
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringMatching(/--metric accuracy: it needs --labels/),
    });
    const { out } = await prune("sensitivity", glyphs, ...files, "--labels", raw.labels, ...few, "--json");
    const { curves, metric } = JSON.parse(out);
    expect(metric).toBe("accuracy");
    for (const { points } of curves) {
      expect(points).toHaveLength(1);
      expect(points[0].error).toBeGreaterThan(0.05);
      expect(points[0].error).toBeLessThanOrEqual(1);
    }
  }, 60_000);

  it("curves of another model, or none, are refused", async () => {
    const bad = async (text: string): Promise<string> => {
      writeFileSync(at("bad.json"), text);
      const ran = await prune(glyphs, "-o", at("no.onnx"), "--no-verify", "--allocation", at("bad.json"));
      expect(ran.code).toBe(1);
      return ran.err;
    };
    const text = readFileSync(at("curves.json"), "utf8");
    expect(await bad(text.replace(/"sha256": "./, '"sha256": "x'))).toMatch(/measured on another model/);
    expect(await bad("{}")).toMatch(/it is not what `prune sensitivity --out` writes/);
    expect(await bad(text.replace(/"error": [\d.]+/, '"error": "much"'))).toMatch(/it is not what/);
  });
});
