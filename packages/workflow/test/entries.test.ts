import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Source files that a browser would load for an import, and what of Node they ask for. */
async function loadedBy(contents: string): Promise<{ readonly files: string[]; readonly outside: string[] }> {
  const { metafile } = await build({
    stdin: { contents, resolveDir: root, loader: "ts" },
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import", "browser"],
    external: ["node:*"],
    logLevel: "silent",
  });
  const files = Object.keys(metafile.inputs);
  const outside = Object.values(metafile.inputs).flatMap(({ imports }) =>
    imports.filter(({ path, external }) => external && path !== "<runtime>").map(({ path }) => path),
  );
  return { files, outside };
}

const of = (files: readonly string[], name: string): string[] =>
  files.filter((file) => file.startsWith(`packages/${name}/`));

describe("what a page loads", () => {
  it("of the main entry is no format and nothing of Node", async () => {
    const { files, outside } = await loadedBy('export * from "@prune/workflow";');
    for (const name of ["onnx", "runtime-ort", "tfjs"]) expect(of(files, name)).toEqual([]);
    expect(of(files, "workflow").length).toBeGreaterThan(10);
    expect(outside).toEqual([]);
  });
  it("for ONNX models is nothing of TensorFlow.js and nothing of Node", async () => {
    const { files, outside } = await loadedBy('export * from "@prune/workflow/onnx";');
    expect(of(files, "runtime-ort").length).toBeGreaterThan(10);
    expect(files.filter((file) => /tfjs|tensorflow/.test(file))).toEqual([]);
    expect(outside).toEqual([]);
  });
});
