import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

interface Bundle {
  /** Packages of the files in it: those of this repository by folder, others by name. */
  readonly packages: readonly string[];
  readonly code: string;
}

/** What a user's bundler makes of some entries of packages' builds and all that they depend on, without their peers. */
async function bundle(...names: readonly string[]): Promise<Bundle> {
  const entries = names.map((name) => {
    const [folder = "", entry = "index"] = name.split("/");
    return join(root, "packages", folder, `dist/${entry}.js`);
  });
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: entries.map((path, i) => `export * as package${i} from ${JSON.stringify(path)};`).join("\n"),
      resolveDir: root,
    },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "browser",
    external: ["@tensorflow/*"],
    tsconfigRaw: {},
    absWorkingDir: root,
  });
  const packageOf = (path: string): string =>
    /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ??
    /^packages\/[^/]+/.exec(relative(root, join(root, path)))?.[0] ??
    path;
  const packages = new Set(Object.keys(metafile.inputs).map(packageOf));
  packages.delete("<stdin>");
  return { packages: [...packages].sort(), code: outputFiles[0]?.text ?? "" };
}

/** Where a pattern occurs in code, shortened. */
const mentions = (code: string, pattern: RegExp): string[] =>
  [...code.matchAll(new RegExp(pattern, "gi"))]
    .slice(0, 3)
    .map(({ index }) => code.slice(index - 30, index + 30));

const built = ["graph", "onnx", "tfjs"].every((name) =>
  existsSync(join(root, "packages", name, "dist/index.js")),
);

describe.skipIf(!built)("bundles of the builds (skipped before `pnpm build`)", () => {
  it.each([
    ["tfjs", []],
    ["tfjs/recovery", ["packages/recovery"]],
  ])("of @prune/%s hold nothing of ONNX", async (name, recovery) => {
    const { packages, code } = await bundle(name);
    expect(packages).toEqual(["packages/errors", "packages/graph", ...recovery, "packages/tfjs"]);
    expect(mentions(code, /onnx|protobuf/i)).toEqual([]);
    expect(gzipSync(code).length).toBeGreaterThan(10_000);
  });

  it("of @prune/onnx hold nothing of TensorFlow.js", async () => {
    const { packages, code } = await bundle("onnx");
    expect(packages).toContain("packages/onnx");
    expect(packages.filter((name) => /tfjs|tensorflow/.test(name))).toEqual([]);
    expect(mentions(code, /tfjs|@tensorflow/i)).toEqual([]);
  });

  it("of @prune/graph hold nothing but itself", async () => {
    const { packages, code } = await bundle("graph");
    expect(packages).toEqual(["packages/errors", "packages/graph"]);
    expect(mentions(code, /onnx|protobuf|tfjs|tensorflow/i)).toEqual([]);
  });

  it("of both backends hold both: these tests would see it", async () => {
    const { packages, code } = await bundle("tfjs", "onnx");
    expect(packages).toEqual(expect.arrayContaining(["packages/onnx", "packages/tfjs"]));
    expect(mentions(code, /onnx|protobuf/i)).not.toEqual([]);
  });
});

it("only the onnx package depends on ONNX, and only the tfjs package on TensorFlow.js", () => {
  const dependencies = (name: string): string[] => {
    const text = readFileSync(join(root, "packages", name, "package.json"), "utf8");
    const { dependencies = {}, peerDependencies = {} } = JSON.parse(text) as Record<string, object>;
    return [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  };
  expect(dependencies("tfjs").filter((name) => /onnx/.test(name))).toEqual([]);
  expect(dependencies("onnx").filter((name) => /tensorflow|tfjs/.test(name))).toEqual([]);
  expect(dependencies("onnx")).not.toContain("onnx-proto");
  expect(dependencies("graph")).toEqual(["@prune/errors"]);
});
