import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFiles } from "@prune/files";
import type { OutputPath } from "@prune/files/advanced";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "files-check-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const inputs = ["model.onnx", "model.onnx_data", "recipe.json", "labels.npy", "photos"].map(at);
const outputs: readonly OutputPath[] = [
  { path: at("out.onnx"), companion: (name) => /^out\.onnx\.data(\.[0-9a-f]{8})?$/.test(name) },
  { path: at("report.json") },
  { path: at("plan.json") },
  { path: at("curve.svg") },
];

beforeAll(() => {
  for (const path of inputs.slice(0, 4)) writeFileSync(path, path);
  mkdirSync(at("photos/cats"), { recursive: true });
  writeFileSync(at("photos/cats/1.png"), "");
  mkdirSync(at("sub"));
  symlinkSync(at("model.onnx_data"), at("soft"));
  linkSync(at("recipe.json"), at("hard"));
  symlinkSync(at("photos"), at("album"));
});

const code = (ins: readonly string[], outs: readonly OutputPath[]): string => {
  try {
    checkFiles(ins, outs);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
};

it("lets a run pass whose files are apart", () => {
  expect(code(inputs, outputs)).toBe("none");
});

describe("every pair of files that a run reads and writes", () => {
  const read = [
    ...inputs.slice(0, 4),
    at("photos/cats/1.png"),
    at("album/cats/1.png"),
    at("soft"),
    at("hard"),
  ];
  const pairs = outputs.flatMap((_, i) => read.map((path) => [i, path] as const));

  it.each(pairs)("output %i may not be %s", (i, path) => {
    const clashing = outputs.map((output, k) => (k === i ? { path } : output));
    expect(code(inputs, clashing)).toBe("overwrites-input");
  });

  const both = outputs.flatMap((_, i) => outputs.flatMap((__, k) => (i < k ? [[i, k] as const] : [])));
  it.each(both)("outputs %i and %i may not be one", (i, k) => {
    const same = outputs.map((output, at) => (at === k ? { ...outputs[i], ...{} } : output)) as OutputPath[];
    expect(code(inputs, same)).toBe("overwrites-input");
    const other = join(folder, "sub", "..", (outputs[i] as OutputPath).path.slice(folder.length + 1));
    const spelt = outputs.map((output, at) => (at === k ? { path: other } : output));
    expect(code(inputs, spelt)).toBe("overwrites-input");
  });

  it.each([1, 2, 3])("output %i may not be what belongs to the model", (i) => {
    for (const name of ["out.onnx.data", "out.onnx.data.0123abcd"]) {
      const clashing = outputs.map((output, k) => (k === i ? { path: at(name) } : output));
      expect(code(inputs, clashing)).toBe("overwrites-input");
      expect(code(inputs, [...clashing].reverse())).toBe("overwrites-input");
    }
  });

  it("an input may not be what belongs to the model", () => {
    writeFileSync(at("out.onnx.data"), "");
    expect(code([...inputs, at("out.onnx.data")], outputs)).toBe("overwrites-input");
    rmSync(at("out.onnx.data"));
  });

  it("an output in a folder that is an output is refused by its name there", () => {
    const made: OutputPath = { path: at("made"), kind: "folder", companion: (name) => name === "model.json" };
    mkdirSync(at("made"));
    expect(code(inputs, [made, { path: at("made/model.json") }])).toBe("overwrites-input");
    expect(code(inputs, [{ path: at("made/model.json") }, made])).toBe("overwrites-input");
    expect(code(inputs, [made, { path: at("made/report.json") }])).toBe("none");
    writeFileSync(at("made/model.json"), "");
    expect(code([at("made/model.json")], [made])).toBe("overwrites-input");
  });
});

it("refuses folders, dead links and missing folders, and touches nothing", () => {
  symlinkSync(at("nowhere"), at("dead"));
  expect(code([], [{ path: at("sub") }])).toBe("not-a-file");
  expect(code([], [{ path: at("dead") }])).toBe("dead-link");
  expect(code([], [{ path: at("none/x.json") }])).toBe("no-folder");
  expect(readFileSync(at("model.onnx"), "utf8")).toBe(at("model.onnx"));
});
