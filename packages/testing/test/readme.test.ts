import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages = readdirSync(join(root, "packages")).filter((name) => name !== "testing");
const readmes = ["README.md", ...packages.map((name) => `packages/${name}/README.md`)];

/** Where examples run: a folder with a trained model and a test set under the names that they use. */
const folder = mkdtempSync(join(tmpdir(), "prune-readme-"));
for (const [name, file] of [
  ["model.onnx", "glyphs.onnx"],
  ["test.images.u8", "glyphs-test.images.u8"],
  ["test.labels.u8", "glyphs-test.labels.u8"],
  ["test.json", "glyphs.json"],
] as const)
  copyFileSync(join(root, "apps/cli/sample", file), join(folder, name));
copyFileSync(join(folder, "model.onnx"), join(folder, "smaller.onnx"));

const home = process.cwd();
beforeEach(() => process.chdir(folder));
afterEach(() => process.chdir(home));
afterAll(() => rmSync(folder, { recursive: true }));

/** A package that is announced and not there yet says so in a sentence. */
const isPlaceholder = (text: string): boolean => text.trim().split("\n").length <= 3;

describe.each(readmes.filter((path) => existsSync(join(root, path))))("%s", (path) => {
  const text = readFileSync(join(root, path), "utf8");
  if (isPlaceholder(text)) return test.todo("has an example");
  const fences = [...text.matchAll(/^```ts\n(?<code>.*?)^```$/gms)].map(({ groups }) => groups?.code ?? "");

  test("has one short example", () => {
    expect(fences).toHaveLength(1);
    expect(fences[0]?.trim().split("\n").length).toBeLessThanOrEqual(12);
  });

  test("has an example that runs and prints something", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await import(`${root}${path}?example.ts`);
    const printed = log.mock.calls.map((args) => format(...args)).join("\n");
    log.mockRestore();
    expect(printed).not.toBe("");
    expect(printed).not.toMatch(/undefined|NaN/);
  }, 60_000);
});
