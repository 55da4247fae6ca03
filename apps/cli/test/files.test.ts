import { createHash } from "node:crypto";
import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveTfjsModel } from "@prune/tfjs/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { external, info, modelBytes, node } from "../../../packages/onnx/test/files/build-model.js";
import { layersTwin } from "../../../packages/testing/test/twins.js";
import { prune } from "./command.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-files-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

/** Two layers whose weights lie in net.bin. */
function writeOutside(home: string): void {
  const sizes = { w1: [32, 64], w2: [64, 8] } as const;
  let offset = 0;
  const initializer = Object.entries(sizes).map(([name, dims]) => {
    const length = 4 * dims[0] * dims[1];
    const entry = external(name, [...dims], { location: "net.bin", offset, length });
    offset += length;
    return entry;
  });
  const graph = {
    name: "outside",
    input: [info("x", [1, 32])],
    output: [info("y", [1, 8])],
    initializer,
    node: [
      node("MatMul", ["x", "w1"], ["h"]),
      node("Relu", ["h"], ["r"]),
      node("MatMul", ["r", "w2"], ["y"]),
    ],
  };
  const values = Float32Array.from({ length: offset / 4 }, (_, i) => Math.sin(i * 12.9898));
  writeFileSync(join(home, "net.onnx"), modelBytes(graph));
  writeFileSync(join(home, "net.bin"), new Uint8Array(values.buffer));
}

beforeAll(async () => {
  await useBackend("cpu");
  writeOutside(folder);
  await saveTfjsModel(at("web"), layersTwin());
  writeFileSync(at("config.json"), JSON.stringify({ ratio: 0.5 }));
  writeFileSync(at("data.json"), JSON.stringify([[1, 2]]));
  writeFileSync(at("about.json"), JSON.stringify({ mean: 0 }));
  writeFileSync(at("labels.npy"), "none");
  writeFileSync(at("curves.json"), JSON.stringify({}));
  writeFileSync(at("table.json"), JSON.stringify({}));
  mkdirSync(at("photos"));
  writeFileSync(at("photos/1.png"), "none");
  symlinkSync(at("net.bin"), at("soft.bin"));
  linkSync(at("net.onnx"), at("hard.onnx"));
  const ran = await prune(at("net.onnx"), "-o", at("made.onnx"), "--recipe", at("recipe.json"));
  expect(ran).toMatchObject({ code: 0 });
});

/** What all files hold, by name. */
const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => statSync(at(name)).isFile())
      .map((name) => [
        name,
        createHash("sha256")
          .update(readFileSync(at(name)))
          .digest("hex"),
      ]),
  );

async function refused(...args: string[]): Promise<string> {
  const before = contents();
  const { code, out } = await prune(...args, "--json");
  expect(contents()).toEqual(before);
  expect(code).toBe(1);
  return JSON.parse(out).error.code;
}

type Files = Readonly<Record<string, string>>;
const flat = (files: Files): string[] => Object.entries(files).flatMap(([option, path]) => [option, path]);
const pairs = (a: Files, b: readonly string[]): [string, string][] =>
  Object.keys(a).flatMap((option) => b.map((path): [string, string] => [option, path]));

describe("no file of a run takes the place of another, and nothing changes", () => {
  const reads: Files = {
    "--config": "config.json",
    "--data": "data.json",
    "--data-config": "about.json",
    "--labels": "labels.npy",
    "--allocation": "curves.json",
    "--latency-table": "table.json",
  };
  const writes: Files = { "-o": "small.onnx", "--recipe": "plan.json", "--report": "report.json" };
  const inputs = ["net.onnx", "net.bin", "soft.bin", "hard.onnx", ...Object.values(reads)];
  const whole = (files: Files): Files =>
    Object.fromEntries(Object.entries(files).map(([option, name]) => [option, at(name)]));
  const target = ["--target", "macs=0.5"];

  it.each(pairs(writes, inputs))("prune %s %s", async (option, name) => {
    const files = { ...whole(reads), ...whole(writes), [option]: at(name) };
    expect(await refused(at("net.onnx"), ...flat(files), ...target)).toBe("overwrites-input");
  });

  it.each(pairs(writes, ["photos/1.png"]))("prune %s %s, of a folder of samples", async (option, name) => {
    const files = { ...whole(writes), "--data": at("photos"), [option]: at(name) };
    expect(await refused(at("net.onnx"), ...flat(files))).toBe("overwrites-input");
  });

  it.each([
    ["-o", "--recipe"],
    ["-o", "--report"],
    ["--recipe", "--report"],
  ])("prune %s and %s", async (a, b) => {
    const files = whole(writes);
    expect(await refused(at("net.onnx"), ...flat({ ...files, [b]: files[a] as string }))).toBe(
      "overwrites-input",
    );
  });

  it.each([
    ["--recipe", "small.onnx.data"],
    ["--report", "small.onnx.data"],
    ["--report", "small.onnx.data.0123abcd"],
  ])("prune %s %s, which belongs to the output", async (option, name) => {
    const files = { ...whole(writes), [option]: at(name) };
    expect(await refused(at("net.onnx"), ...flat(files))).toBe("overwrites-input");
    expect(
      await refused(at("net.onnx"), "-o", at("small.onnx"), "--lossless", "--report", at("small.onnx.data")),
    ).toBe("overwrites-input");
  });

  it.each(["net.onnx", "net.bin", "soft.bin", "recipe.json"])("apply -o %s", async (name) => {
    const args = ["apply", at("net.onnx"), "--recipe", at("recipe.json"), "-o", at(name)];
    expect(await refused(...args)).toBe("overwrites-input");
  });

  it.each(pairs({ "--out": "", "--svg": "" }, ["net.onnx", "net.bin", "data.json", "about.json"]))(
    "sensitivity %s %s",
    async (option, name) => {
      const args = ["--data", at("data.json"), "--data-config", at("about.json"), option, at(name)];
      expect(await refused("sensitivity", at("net.onnx"), ...args)).toBe("overwrites-input");
    },
  );

  const shard = "web/group1-shard1of1.bin";
  it.each(pairs({ "--recipe": "", "--report": "" }, ["web/model.json", shard, "config.json"]))(
    "prune %s %s, of a model.json",
    async (option, name) => {
      const args = ["-o", at("web-small"), "--config", at("config.json"), option, at(name)];
      expect(await refused(at("web/model.json"), ...args)).toBe("overwrites-input");
    },
  );

  it("prune --report of a file of the folder that is written", async () => {
    mkdirSync(at("there"));
    for (const name of ["model.json", "group1-shard1of1.bin", "group1-shard1of1.0123abcd.bin"])
      expect(await refused(at("web/model.json"), "-o", at("there"), "--report", at(`there/${name}`))).toBe(
        "overwrites-input",
      );
  });
});

describe("outputs over earlier ones", () => {
  it("keep the input's way of naming weights, and leave none of the earlier behind", async () => {
    const home = at("named");
    mkdirSync(home);
    writeOutside(home);
    const into = (ratio: string) =>
      prune(join(home, "net.onnx"), "-o", join(home, "s.onnx"), "--ratio", ratio);
    for (const ratio of ["0.5", "0.25", "0.75"]) {
      expect((await into(ratio)).code).toBe(0);
      const names = readdirSync(home).filter((name) => name.startsWith("s."));
      expect(names.length).toBe(2);
      expect((await prune("inspect", join(home, "s.onnx"), "--json")).code).toBe(0);
    }
    cpSync(join(home, "s.onnx"), join(home, "copy.onnx"));
    expect((await into("0.5")).code).toBe(0);
    expect(
      (await prune("bench", join(home, "copy.onnx"), join(home, "s.onnx"), "--seconds", "0.1")).code,
    ).toBe(0);
  });
});
