import { execFileSync, spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readModel } from "@prune/onnx";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs } from "./command.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = ["--import", "tsx", "apps/cli/src/prune.ts"];
const folder = mkdtempSync(join(tmpdir(), "prune-cli-streams-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const run = (args: readonly string[], options: object = {}) =>
  spawnSync(process.execPath, [...program, ...args], { cwd: root, maxBuffer: 1 << 26, ...options });
const parameters = (bytes: Uint8Array): number =>
  [...readModel(new Uint8Array(bytes)).graph.initializers.values()].reduce(
    (sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1),
    0,
  );

describe.skipIf(process.platform === "win32")("streams", () => {
  it("- is standard input and output, and what is said goes to the other", () => {
    const whole = readFileSync(glyphs);
    const { status, stdout, stderr } = run(["-", "-o", "-", "--no-verify", "-r", "0.5"], { input: whole });
    expect({ status, said: /units removed/.test(String(stderr)) }).toEqual({ status: 0, said: true });
    expect(parameters(stdout)).toBeLessThan(parameters(whole) / 2);
  }, 60_000);

  it("standard output by another name is not replaced, also where it is a file", () => {
    symlinkSync("/dev/stdout", at("link"));
    const file = openSync(at("sent.onnx"), "w");
    const before = statSync(at("sent.onnx")).ino;
    const { status } = run([glyphs, "-o", at("link"), "--no-verify", "-r", "0.5"], {
      stdio: ["ignore", file, "ignore"],
    });
    closeSync(file);
    expect(status).toBe(0);
    expect(statSync(at("sent.onnx")).ino).toBe(before);
    expect(parameters(readFileSync(at("sent.onnx")))).toBeLessThan(79348);
    expect(statSync("/dev/stdout").isDirectory()).toBe(false);
  }, 60_000);

  it("a pipe gets the model and stays a pipe", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const child = spawn(
      process.execPath,
      [...program, glyphs, "-o", at("pipe"), "--no-verify", "-r", "0.5"],
      {
        cwd: root,
        stdio: "ignore",
      },
    );
    const read = execFileSync("cat", [at("pipe")], { maxBuffer: 1 << 26 });
    await new Promise((resolve) => child.once("exit", resolve));
    expect(parameters(read)).toBeLessThan(79348);
    expect(statSync(at("pipe")).isFIFO()).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes(".tmp"))).toEqual([]);
  }, 60_000);
});
