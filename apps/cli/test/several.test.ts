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
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { glyphs, pruneAsSaid } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-several-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => {
  rmSync(at("in"), { recursive: true, force: true });
  rmSync(at("out"), { recursive: true, force: true });
  mkdirSync(at("in/deep"), { recursive: true });
  for (const name of ["a.onnx", "b.onnx", "deep/c.onnx"]) copyFileSync(glyphs, at(`in/${name}`));
});
const quick = ["-r", "0.1", "--no-verify"];

describe("several models in one call", () => {
  it("by name, into a folder that is made, with a recipe each", async () => {
    const args = [at("in/a.onnx"), at("in/b.onnx"), "-o", at("out"), "--recipe", at("out/recipes"), ...quick];
    expect(await pruneAsSaid(...args)).toMatchObject({ code: 0 });
    expect(readdirSync(at("out")).sort()).toEqual(["a.onnx", "b.onnx", "recipes"]);
    expect(readdirSync(at("out/recipes")).sort()).toEqual(["a.recipe.json", "b.recipe.json"]);
  }, 60_000);

  it("by a folder, with what is below it, and by patterns", async () => {
    expect((await pruneAsSaid(at("in"), "-o", at("out"), ...quick)).code).toBe(0);
    expect(existsSync(at("out/deep/c.onnx"))).toBe(true);
    rmSync(at("out"), { recursive: true });
    expect((await pruneAsSaid(at("in/**/?.onnx"), "-o", at("out"), ...quick)).code).toBe(0);
    expect(readdirSync(at("out")).sort()).toEqual(["a.onnx", "b.onnx", "c.onnx"]);
    rmSync(at("out"), { recursive: true });
    expect((await pruneAsSaid(at("in/*.onnx"), "-o", at("out"), ...quick)).code).toBe(0);
    expect(readdirSync(at("out")).sort()).toEqual(["a.onnx", "b.onnx"]);
  }, 60_000);

  it("one that is refused keeps no other from being pruned; --json is one array", async () => {
    writeFileSync(at("in/b.onnx"), "no model");
    const { code, out } = await pruneAsSaid(at("in/*.onnx"), "-o", at("out"), "--json", ...quick);
    expect(code).toBe(1);
    const [array] = out.split(/\n(?=\{\n {2}"error")/);
    const [first, second] = JSON.parse(array as string);
    expect(first).toMatchObject({ model: at("in/a.onnx"), format: "prune-report/1" });
    expect(second).toMatchObject({ model: at("in/b.onnx"), error: { code: expect.any(String) } });
    expect(readdirSync(at("out"))).toEqual(["a.onnx"]);
  }, 60_000);

  it("refuses names that would be written to one file, folders and patterns without models, and one curve", async () => {
    const refused = async (...args: string[]): Promise<string> => (await pruneAsSaid(...args, ...quick)).err;
    expect(await refused(at("in/a.onnx"), at("in/./a.onnx"), "-o", at("out"))).toMatch(
      /would both be written to/,
    );
    mkdirSync(at("none"), { recursive: true });
    expect(await refused(at("none"), "-o", at("out"))).toMatch(/There are no models at/);
    expect(await refused(at("in/*.pb"), "-o", at("out"))).toMatch(/There are no models at/);
    expect(await refused(at("in/*.onnx"), "-o", at("out"), "--curve", "c.svg")).toMatch(/one model/);
    expect(existsSync(at("out"))).toBe(false);
  });
});

describe("without an amount", () => {
  it("the question is asked with the answers that there are", async () => {
    const { code, err } = await pruneAsSaid(glyphs, "-o", at("x.onnx"));
    expect(code).toBe(2);
    for (const word of ["--data", "--target", "--ratio", "--lossless"]) expect(err).toContain(word);
  });
  it("an amount for some layers leaves the others whole", async () => {
    const args = ["-o", at("x.onnx"), "--layer-ratio", "conv1*=0.25", "--no-verify", "--json"];
    const { groups } = JSON.parse((await pruneAsSaid(glyphs, ...args)).out) as {
      readonly groups: readonly { readonly kept: number; readonly total: number }[];
    };
    expect(groups.filter(({ kept, total }) => kept < total)).toHaveLength(1);
  });
});

it("the first line of a report is the trade", async () => {
  const { out } = await pruneAsSaid(glyphs, "-o", at("x.onnx"), ...quick);
  expect(out.split("\n")[0]).toMatch(/^MACs -\d.* %, file -\d.* % for accuracy that was not measured$/);
});

describe("completion", () => {
  it.each(["bash", "zsh", "fish"])("for %s knows commands, options and values", async (shell) => {
    const { code, out } = await pruneAsSaid("completion", shell);
    expect(code).toBe(0);
    for (const word of ["inspect", "sensitivity", "completion", "layer-ratio", "cubic"])
      expect(out).toContain(word);
  });
  it("completes in bash", async () => {
    const { spawnSync } = await import("node:child_process");
    const { out } = await pruneAsSaid("completion", "bash");
    const completed = (...words: string[]): string[] => {
      const script = `${out}\ncompopt() { :; }\nCOMP_WORDS=(${words.map((word) => `"${word}"`).join(" ")}); COMP_CWORD=${words.length - 1}; _prune; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
      expect(stderr).toBe("");
      return stdout.split("\n").filter((line) => line !== "");
    };
    expect(completed("prune", "sens")).toEqual(["sensitivity"]);
    expect(completed("prune", "m.onnx", "--layer")).toEqual(["--layer-ratio"]);
    expect(completed("prune", "bench", "--sec")).toEqual(["--seconds"]);
    expect(completed("prune", "m.onnx", "--schedule", "cu")).toEqual(["cubic"]);
    expect(completed("prune", "help", "ins")).toEqual(["inspect"]);
  });
});

it("what a config says is the amount too", async () => {
  writeFileSync(at("prune.json"), JSON.stringify({ ratio: 0.1 }));
  const { code } = await pruneAsSaid(glyphs, "-o", at("x.onnx"), "--config", at("prune.json"), "--no-verify");
  expect(code).toBe(0);
  expect(readFileSync(at("x.onnx")).length).toBeGreaterThan(0);
});

describe("a configuration that is a module", () => {
  it("may hold a criterion and rules of one's own", async () => {
    writeFileSync(
      at("own.config.mjs"),
      `export default {
  ratio: 0.25,
  importance: { name: "first", needs: [], score: async ({ units }) => Float32Array.from(units) },
  rules: { Conv: (_, kit) => kit.opaque("not today"), Relu: (_, kit) => kit.layout(0) },
};`,
    );
    const args = [glyphs, "-o", at("x.onnx"), "--config", at("own.config.mjs"), "--no-verify", "--json"];
    const { code, out } = await pruneAsSaid(...args);
    expect(code).toBe(1);
    expect(JSON.parse(out).error.message).toMatch(/0 units/);
    writeFileSync(
      at("criterion.config.mjs"),
      `export default { ratio: 0.25, importance: { name: "first", needs: [], score: async ({ units }) => Float32Array.from(units) } };`,
    );
    const own = args.map((arg) => arg.replace("own.config", "criterion.config"));
    expect(JSON.parse((await pruneAsSaid(...own)).out).criterion).toBe("first");
    expect(JSON.parse((await pruneAsSaid(...own, "-i", "l1")).out).criterion).toMatch(/l1/);
  });
  it("is refused where they are none", async () => {
    for (const [config, why] of [
      ["{ importance: { name: 'x' } }", /importance must be the name of a criterion/],
      ["{ ratio: 0.2, rules: { Conv: 3 } }", /rules must be functions/],
    ] as const) {
      const path = at(`bad${config.length}.mjs`);
      writeFileSync(path, `export default ${config};`);
      const { code, err } = await pruneAsSaid(glyphs, "-o", at("x.onnx"), "--config", path);
      expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(why) });
    }
  });
});
