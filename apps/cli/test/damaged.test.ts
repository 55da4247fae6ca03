import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import {
  external,
  floats,
  type GraphParts,
  info,
  modelBytes,
  node,
  perceptron,
} from "../../../packages/onnx/test/files/build-model.js";
import { glyphs, prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-damaged-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

/** x [2] -> w [3, 2] -> v [4, 3] -> y [4], so that three units may leave. */
const twoLayers = (weights: GraphParts["initializer"]): GraphParts => ({
  name: "two",
  input: [info("x", [2])],
  output: [info("y", [4])],
  initializer: [floats("v", [3, 4], new Array(12).fill(1)), ...(weights ?? [])],
  node: [node("MatMul", ["x", "w"], ["h"]), node("MatMul", ["h", "v"], ["y"])],
});
const w = (location: string) => external("w", [2, 3], { location, length: 24 });
const cyclic: GraphParts = {
  ...perceptron,
  node: [...(perceptron.node ?? []), node("Relu", ["b2"], ["a2"]), node("Relu", ["a2"], ["b2"])],
};

it.each<[string, Uint8Array, string]>([
  ["a cycle", modelBytes(cyclic), "cycle"],
  ["a version from long ago", modelBytes(perceptron, { irVersion: 2 }), "unsupported-version"],
  ["weights in a missing file", modelBytes(twoLayers([w("gone.bin")])), "missing-external"],
  ["weights outside the folder", modelBytes(twoLayers([w("../secret.bin")])), "bad-location"],
  ["weights at an absolute path", modelBytes(twoLayers([w("/etc/passwd")])), "bad-location"],
  ["weights that end early", modelBytes(twoLayers([w("short.bin")])), "external-range"],
])("refuses %s with one clear error", async (_, bytes, code) => {
  writeFileSync(at("m.onnx"), bytes);
  writeFileSync(at("short.bin"), new Uint8Array(8));
  const ran = await prune(at("m.onnx"), "-o", at("s.onnx"), "--json");
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.out).error.code).toBe(code);
  expect(ran.err.trim().split("\n")).toHaveLength(1);
  expect(existsSync(at("s.onnx"))).toBe(false);
});

it("leaves the whole output or none when it is killed", async () => {
  await prune(glyphs, "-o", at("whole.onnx"), "--recipe", at("whole.json"));
  const command = fileURLToPath(new URL("../src/prune.ts", import.meta.url));
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  const runs = [400, 800, 1200, 1600].map(async (delay) => {
    const [out, recipe] = [at(`killed-${delay}.onnx`), at(`killed-${delay}.json`)];
    const args = ["--import", "tsx", command, glyphs, "-o", out, "--recipe", recipe, "-r", "0.5"];
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: "ignore",
      env: { ...process.env, PRUNE_IN_ONE_PROCESS: "1" },
    });
    const ended = once(child, "exit");
    await Promise.race([ended, setTimeout(delay)]);
    child.kill("SIGKILL");
    await ended;
    for (const [path, whole] of [
      [out, "whole.onnx"],
      [recipe, "whole.json"],
    ] as const)
      if (existsSync(path)) expect(readFileSync(path).equals(readFileSync(at(whole)))).toBe(true);
  });
  await Promise.all(runs);
  expect(
    readdirSync(folder).filter((name) => name.startsWith("killed-") && !/\.(onnx|json)$/.test(name)),
  ).toEqual([]);
}, 20_000);
