import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs } from "./command.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "prune-crash-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;

/** A runtime in place of onnxruntime-node whose sessions do something when they are made. */
const runtime = (create: string): string => {
  const module = `export const env = { versions: { node: "0.0.0", common: "0.0.0" } }; export class Tensor {}; export const InferenceSession = { create: () => ${create} };`;
  const hook = `export const resolve = (name, context, next) =>
    name === "onnxruntime-node" ? { url: ${JSON.stringify(dataUrl(module))}, shortCircuit: true } : next(name, context);`;
  return dataUrl(`import { register } from "node:module"; register(${JSON.stringify(dataUrl(hook))});`);
};

const program = (create: string): string[] => [
  "--import",
  "tsx",
  "--import",
  runtime(create),
  "apps/cli/src/prune.ts",
];

/** Files of runs in the folder that are not results. */
const leftovers = (): string[] => readdirSync(folder).filter((name) => name.includes(".prune-"));

describe.skipIf(process.platform === "win32")("a runtime that ends its process", () => {
  it.each([
    ["by an abort", "process.abort()", "SIGABRT"],
    ["by a wrong access", 'process.kill(process.pid, "SIGSEGV")', "SIGSEGV"],
    ["by being killed, as for want of memory", 'process.kill(process.pid, "SIGKILL")', "SIGKILL"],
  ])(
    "%s is a typed error, and outputs are as they were",
    (_, create, signal) => {
      copyFileSync(glyphs, at("out.onnx"));
      const args = [glyphs, "-o", at("out.onnx"), "-r", "0.5", "--recipe", at("recipe.json"), "--json"];
      const { status, stdout, stderr } = spawnSync(process.execPath, [...program(create), ...args], {
        cwd: root,
        encoding: "utf8",
      });
      expect(status).toBe(1);
      expect(JSON.parse(stdout).error).toMatchObject({
        code: "crashed",
        message: expect.stringContaining(signal),
      });
      expect(stderr.trim().split("\n").at(-1)).toContain("prune: The process that did the work");
      expect(readFileSync(at("out.onnx")).equals(readFileSync(glyphs))).toBe(true);
      expect(existsSync(at("recipe.json"))).toBe(false);
      expect(leftovers()).toEqual([]);
    },
    60_000,
  );

  it("by a signal that was meant for the command ends the command the same way", async () => {
    const args = [
      ...program("new Promise(() => setInterval(() => {}, 1000))"),
      glyphs,
      "-o",
      at("never.onnx"),
      "-r",
      "0.5",
    ];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "ignore", "pipe"] });
    const ended = once(child, "exit");
    // Progress on standard error says that the model is being run.
    await Promise.race([once(child.stderr, "data"), setTimeout(8000)]);
    child.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(existsSync(at("never.onnx"))).toBe(false);
  }, 60_000);
});

it.skipIf(process.platform === "win32")(
  "a sweep goes on without the candidates that end its process, which have failed",
  () => {
    const plan = at("plan.json");
    const home = at("sweep");
    writeFileSync(
      plan,
      JSON.stringify({ models: [glyphs], grid: { ratio: [0.25, 0.5] }, measure: ["bytes"] }),
    );
    const args = ["sweep", plan, "-o", home, "--threads", "2", "--json"];
    const { status } = spawnSync(
      process.execPath,
      [...program('process.kill(process.pid, "SIGABRT")'), ...args],
      {
        cwd: root,
        encoding: "utf8",
      },
    );
    expect(status).not.toBeNull();
    const { candidates } = JSON.parse(readFileSync(join(home, "results.json"), "utf8")) as {
      readonly candidates: readonly { readonly outcome: object }[];
    };
    expect(candidates.map(({ outcome }) => outcome)).toEqual(
      [1, 2].map(() =>
        expect.objectContaining({
          state: "failed",
          code: "crashed",
          message: expect.stringContaining("was ended by SIGABRT, twice"),
        }),
      ),
    );
    expect(existsSync(join(home, "under-way"))).toBe(false);
  },
  240_000,
);
