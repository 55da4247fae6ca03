import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { extendBackend, onnx } from "@prune/onnx";
import { bias, type Method } from "@prune/recovery";
import { afterAll, describe, expect, it } from "vitest";
import type { ModuleConfig } from "../config.js";
import { glyphs, prune, sample } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-plug-ins-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);
let made = 0;

/** Runs the command with a module as configuration, which takes its objects from here: outside no package is found. */
async function withConfig(config: ModuleConfig, ...args: string[]) {
  const path = at(`${++made}.mjs`);
  Object.assign(globalThis, { pluggedIn: config });
  writeFileSync(path, "export default { ...globalThis.pluggedIn };");
  return prune(glyphs, "-o", at("out.onnx"), "-c", path, "--json", ...args);
}
const samples = {
  data: sample("glyphs-test.images.u8"),
  dataConfig: sample("glyphs.json"),
  ratio: 0.5,
  samples: 192,
};

describe("methods in a configuration", () => {
  it("are what layers are refitted by", async () => {
    const half: Method = {
      name: "half-way",
      fit: (moments, old) => {
        const { weights, bias: moved } = bias().fit(moments, old);
        return { weights, bias: moved.map((b, i) => (b + (old.bias[i] as number)) / 2) };
      },
    };
    const ran = await withConfig({ ...samples, methods: [half] });
    expect(ran).toMatchObject({ code: 0, err: "" });
    const { layers } = JSON.parse(ran.out).recovery;
    expect(layers.length).toBeGreaterThan(1);
    for (const { tried } of layers)
      expect(tried.map(({ method }: { method: string }) => method)).toEqual(["half-way"]);
    expect(layers.some(({ before, after }: { before: number; after: number }) => after < before)).toBe(true);
    const byName = await withConfig({ ...samples, methods: [half] }, "--recover", "bias");
    expect(JSON.parse(byName.out).recovery.layers[0].tried[0].method).toBe("bias");
  }, 60_000);
  it.each<[RegExp, ModuleConfig]>([
    [/methods must be a list of ways to refit layers/, { ...samples, methods: [] }],
    [/methods must be a list/, { ...samples, methods: [{ name: "x" }] as never }],
    [
      /--methods: it needs samples that are recovered on|methods.*needs samples/,
      { ratio: 0.5, methods: [bias()] },
    ],
    [/methods.*can't be combined with --recover lsq/, { ...samples, recover: "lsq", methods: [bias()] }],
    [
      /half" with 1 weights/,
      {
        ...samples,
        methods: [{ name: "half", fit: () => ({ weights: new Float64Array(1), bias: new Float64Array(1) }) }],
      },
    ],
  ])("%s", async (message, config) => {
    const ran = await withConfig(config);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toMatch(message);
  });
});

describe("a backend in a configuration", () => {
  it("is what traces, cuts and counts, with other sizes and norms too", async () => {
    const called = new Set<string>();
    const backend = extendBackend(onnx(), (base) => ({
      name: "counted",
      cost: (...args) => {
        called.add("cost");
        return base.cost(...args);
      },
      edit: (...args) => {
        called.add("edit");
        return base.edit(...args);
      },
    }));
    const ran = await withConfig({ backend, ratio: 0.5 });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ backend: "counted", law: { holds: true } });
    expect([...called].sort()).toEqual(["cost", "edit"]);
  }, 60_000);
  it("that forgets its parts with other sizes is refused", async () => {
    const ran = await withConfig({ backend: { ...onnx(), name: "mine" }, ratio: 0.5 });
    expect(ran.code).toBe(2);
    expect(ran.err).toMatch(
      /withSizes and withNorms of "mine" give is another backend; make it by `extendBackend`/,
    );
  });
  it.each<[RegExp, ModuleConfig]>([
    [/backend must be a backend of ONNX models/, { backend: { name: "x" } as never, ratio: 0.5 }],
    [/rules can't stand beside backend/, { backend: onnx(), rules: {}, ratio: 0.5 }],
    [
      /io: a --backend traces as it was made to|io.*traces as it was made to/,
      { backend: onnx(), io: "cache", ratio: 0.5 },
    ],
  ])("%s", async (message, config) => {
    expect(await withConfig(config)).toMatchObject({ code: 2, err: expect.stringMatching(message) });
  });
});
