import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { glyphs, prune, sample } from "./command.js";

const base = mkdtempSync(join(tmpdir(), "prune-cli-"));
let folder = base;
let count = 0;
beforeEach(() => {
  folder = join(base, String(count++));
  mkdirSync(folder);
});
afterAll(() => rmSync(base, { recursive: true }));
const at = (name: string): string => join(folder, name);

describe("prune MODEL -o OUT", () => {
  it("writes a smaller model that equals the masked original, and says so", async () => {
    const { code, out, err } = await prune(glyphs, "-o", at("small.onnx"));
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/parameters\s+79,348\s+20,\d\d\d\s+-7\d\.\d %/);
    expect(out).toMatch(/cut = mask within \d\.\de-\d+ .*gated, 3 random inputs/);
    expect(readdirSync(folder)).toEqual(["small.onnx"]);
    expect(readFileSync(at("small.onnx")).length).toBeLessThan(100_000);
  });

  it("writes the recipe and the report, and prints the report with --json", async () => {
    const files = ["--recipe", at("recipe.json"), "--report", at("report.json")];
    const { code, out, err } = await prune(
      glyphs,
      "-o",
      at("small.onnx"),
      "--ratio",
      "0.25",
      ...files,
      "--json",
    );
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const report = JSON.parse(out);
    expect(JSON.parse(readFileSync(at("report.json"), "utf8"))).toEqual(report);
    expect(report).toMatchObject({
      format: "prune-report/1",
      model: glyphs,
      out: at("small.onnx"),
      criterion: "magnitude-l2",
      before: { parameters: 79348, macs: 9347584 },
      files: { before: 328181 },
      law: { method: "gated", seeds: 3, holds: true, vacuous: false, sameForm: true, tolerance: 1e-4 },
    });
    expect(report.law.error).toBeLessThan(1e-5);
    expect(report.groups).toHaveLength(6);
    expect(report.groups[0]).toMatchObject({ axis: "conv1.weight:0", part: "channels", total: 16, kept: 12 });
    expect(report.frozen.map(({ why }: { why: string }) => why)).toContain('graph output "logits"');

    const recipe = JSON.parse(readFileSync(at("recipe.json"), "utf8"));
    expect(recipe).toMatchObject({
      format: "prune-recipe/1",
      source: { backend: "onnx" },
      options: { ratio: 0.25 },
    });
    expect(recipe.source.sha256).toMatch(/^[0-9a-f]{64}$/);
    const conv = recipe.parameters.find(({ tensor }: { tensor: string }) => tensor === "conv1.weight");
    expect(conv).toMatchObject({ shape: [16, 1, 3, 3], selectors: [{ view: [16, 1, 3, 3], dims: [0] }] });
    expect(conv.selectors[0].removed).toHaveLength(4);
  });

  it("gives the same bytes for the same options", async () => {
    for (const name of ["a.onnx", "b.onnx"])
      await prune(glyphs, "-o", at(name), "-i", "random", "--seed", "7", "--no-verify");
    expect(readFileSync(at("a.onnx")).equals(readFileSync(at("b.onnx")))).toBe(true);
  });

  it("leaves ignored layers alone", async () => {
    const { out } = await prune(glyphs, "-o", at("s.onnx"), "--ignore", "conv1.*", "--no-verify", "--json");
    const { groups, law, unverified } = JSON.parse(out);
    expect(groups[0]).toMatchObject({ kept: 16, why: ['ignored by "conv1.*"'] });
    expect({ law, unverified }).toEqual({ law: null, unverified: "not asked for (--no-verify)" });
  });
});

describe("what is refused exits 1, says why and writes nothing", () => {
  const refused = async (code: string, message: RegExp, ...args: string[]): Promise<void> => {
    const before = readdirSync(folder);
    const ran = await prune(...args, "--json");
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out).error.code).toBe(code);
    expect(ran.err).toMatch(message);
    expect(readdirSync(folder)).toEqual(before);
  };

  it("a folder that is not there", () =>
    refused("no-folder", /there is no folder/, glyphs, "-o", at("nowhere/small.onnx")));
  it("a folder in place of a file", () => refused("not-a-file", /it is a folder/, glyphs, "-o", folder));
  it("the input as output, by any name", async () => {
    copyFileSync(glyphs, at("m.onnx"));
    symlinkSync("m.onnx", at("link.onnx"));
    await refused("overwrites-input", /Choose another name/, at("m.onnx"), "-o", at("m.onnx"));
    await refused("overwrites-input", /Choose another name/, at("m.onnx"), "-o", at("link.onnx"));
    await refused(
      "overwrites-input",
      /Choose another name/,
      at("m.onnx"),
      "-o",
      at("s.onnx"),
      "--recipe",
      at("m.onnx"),
    );
  });
  it("one file for two outputs", () =>
    refused("overwrites-input", /Choose another/, glyphs, "-o", at("s.onnx"), "--report", at("s.onnx")));
  it("a ratio that removes nothing", () =>
    refused(
      "nothing-removed",
      /^prune: 0 units removed because .* less than one/,
      glyphs,
      "-o",
      at("s.onnx"),
      "-r",
      "0.01",
    ));
  it("a model that is not there", () =>
    refused("unreadable-file", /no such file/, at("m.onnx"), "-o", at("s.onnx")));
  it("half a model", async () => {
    writeFileSync(at("m.onnx"), readFileSync(glyphs).subarray(0, 200_000));
    await refused("truncated", /Download or export it again/, at("m.onnx"), "-o", at("s.onnx"));
  });
  it("random bytes", async () => {
    writeFileSync(
      at("m.onnx"),
      Uint8Array.from({ length: 999 }, (_, i) => (i * 7919 + 251) % 256),
    );
    await refused("not-onnx", /Not an ONNX model/, at("m.onnx"), "-o", at("s.onnx"));
  });
});

describe("prune verify", () => {
  it("accepts what the recipe says and refuses anything else", async () => {
    await prune(glyphs, "-o", at("s.onnx"), "--recipe", at("r.json"), "-r", "0.25", "--no-verify");
    await prune(glyphs, "-o", at("other.onnx"), "-r", "0.25", "-i", "random", "--no-verify");
    const good = await prune("verify", glyphs, at("s.onnx"), "--recipe", at("r.json"), "--json");
    expect(good.code).toBe(0);
    expect(JSON.parse(good.out)).toMatchObject({
      holds: true,
      findings: [],
      sameModel: true,
      law: { method: "gated", holds: true },
      zeroed: { method: "zeroed", holds: true },
    });
    const bad = await prune("verify", glyphs, at("other.onnx"), "--recipe", at("r.json"), "--json");
    expect(bad.code).toBe(1);
    expect(JSON.parse(bad.out)).toMatchObject({ holds: false });
    expect(bad.err).toMatch(/not what the recipe says: .* holds other values/);
  });
  it("refuses a file that is no recipe", async () => {
    const { code, err } = await prune("verify", glyphs, glyphs, "--recipe", sample("glyphs.json"));
    expect(code).toBe(1);
    expect(err).toMatch(/no recipe that can be read/);
  });
});

describe("the other commands", () => {
  it("inspect tells groups, cost and what stays", async () => {
    const { code, out } = await prune("inspect", glyphs, "--json");
    expect(code).toBe(0);
    const result = JSON.parse(out);
    expect(result).toMatchObject({ opset: 17, cost: { parameters: 79348 }, prunable: { parameters: 79312 } });
    expect(result.groups[0]).toEqual({ root: "conv1.weight:0", kind: "channels", units: 16, exact: true });
    expect((await prune("inspect", glyphs)).out).toContain('graph output "logits": fc.weight:0');
  });
  it("groups follows chosen indices", async () => {
    const { out } = await prune("groups", glyphs, "--root", "conv1.weight:0", "--indices", "2,6,9");
    expect(out).toContain('=> "layers.0.bn2.running_var" dim 0 [2, 6, 9]');
    const all = JSON.parse((await prune("groups", glyphs, "--json")).out);
    expect(all.groups).toHaveLength(6);
    const frozen = await prune("groups", glyphs, "--root", "fc.weight:0", "--indices", "0");
    expect(frozen.out).toContain('[0] must stay: graph output "logits"');
    const named = await prune("groups", glyphs, "conv1 channel 3", "--json");
    const [byName] = JSON.parse(named.out).groups;
    const byAxis = JSON.parse(
      (await prune("groups", glyphs, "--root", "conv1.weight:0", "--indices", "3", "--json")).out,
    );
    expect(byName).toMatchObject({
      root: byAxis.groups[0].root,
      indices: [3],
      items: byAxis.groups[0].items,
    });
    expect(await prune("groups", glyphs, "conv1 chanel 3")).toMatchObject({
      code: 1,
      err: expect.stringMatching(/conv1 channel 3/),
    });
    expect((await prune("groups", glyphs, "conv1 channel 3", "--root", "conv1.weight:0")).err).toMatch(
      /not both/,
    );
    expect((await prune("groups", glyphs, "--root", "nothing:0")).err).toMatch(/no tensor "nothing"/);
  });
  it("bench times both", async () => {
    const { out } = await prune("bench", glyphs, glyphs, "--seconds", "0.01", "--json");
    expect(JSON.parse(out)).toMatchObject({
      model: { runs: expect.any(Number) },
      inputs: { input: [2, 1, 28, 28] },
    });
  });
  it("eval counts what is right", async () => {
    const files = ["--images", sample("glyphs-test.images.u8"), "--labels", sample("glyphs-test.labels.u8")];
    const { out } = await prune("eval", glyphs, ...files, "--config", sample("glyphs.json"), "--json");
    expect(JSON.parse(out)).toMatchObject({ samples: 1000, correct: 999, classes: expect.any(Array) });
    const missing = await prune("eval", glyphs, ...files, "--config", at("no.json"));
    expect(missing).toMatchObject({
      code: 1,
      err: expect.stringMatching(/Can't read .*no\.json: no such file/),
    });
    expect(existsSync(at("no.json"))).toBe(false);
  });
});
