import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs, prune } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "prune-json-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

writeFileSync(at("empty.onnx"), "");
writeFileSync(at("text.onnx"), "no model at all, but a sentence");
writeFileSync(at("half.json"), '{ "format": "graph-model", "modelTopo');
mkdirSync(at("folder.onnx"));
writeFileSync(at("list.json"), "[1, 2");

/** Command lines around a model, each sound but for what is put in. */
const commands: Readonly<Record<string, (model: string, file: string) => string[]>> = {
  prune: (model, file) => [model, "-o", at("out.onnx"), "-r", "0.5", "--config", file],
  inspect: (model) => ["inspect", model],
  groups: (model) => ["groups", model],
  verify: (model, file) => ["verify", model, glyphs, "--recipe", file],
  apply: (model, file) => ["apply", model, "--recipe", file, "-o", at("out.onnx")],
  bench: (model) => ["bench", model, glyphs],
  eval: (model, file) => ["eval", model, "--data", file],
  sensitivity: (model, file) => ["sensitivity", model, "--data", file],
  train: (model, file) => [
    "train",
    model,
    "-o",
    at("out.onnx"),
    "--data",
    file,
    "--labels",
    "y",
    "--steps",
    "1",
  ],
  sweep: (_, file) => ["sweep", file, "-o", at("swept")],
};

const failures: Readonly<Record<string, (line: (model: string, file: string) => string[]) => string[]>> = {
  "a model that is not there": (line) => line(at("gone.onnx"), at("gone.json")),
  "a folder for a model": (line) => line(at("folder.onnx"), at("folder.onnx")),
  "an empty model": (line) => line(at("empty.onnx"), at("empty.onnx")),
  "text for a model": (line) => line(at("text.onnx"), at("list.json")),
  "half of a model.json": (line) => line(at("half.json"), at("half.json")),
  "a damaged file beside a sound model": (line) =>
    // Those that read nothing but a model get one that is damaged.
    line.length < 2 ? line(at("empty.onnx"), "") : line(glyphs, at("list.json")),
  "an option that does not exist": (line) => [...line(glyphs, at("list.json")), "--frobnicate"],
  "nothing to work on": (line) =>
    line(glyphs, at("list.json"))
      .slice(0, 1)
      .filter((word) => word !== glyphs),
};

describe("--json gives JSON on every failure", () => {
  for (const [command, line] of Object.entries(commands))
    it(`of ${command}`, async () => {
      for (const [kind, make] of Object.entries(failures)) {
        const { code, out, err } = await prune(...make(line), "--json");
        expect({ kind, ended: code === 1 || code === 2, err }).toMatchObject({ kind, ended: true });
        const { error } = JSON.parse(out);
        expect({ kind, ...error }).toEqual({
          kind,
          code: expect.stringMatching(/^(?!internal)[a-z-]+$/),
          message: expect.not.stringMatching(/\n +at /),
        });
        expect({ kind, err }).toEqual({ kind, err: expect.stringMatching(/\S/) });
      }
    }, 60_000);
});
