import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const examples = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".ts"));
const folder = mkdtempSync(join(tmpdir(), "prune-examples-"));
const home = process.cwd();
beforeAll(() => {
  for (const [name, file] of [
    ["model.onnx", "glyphs.onnx"],
    ["test.images.u8", "glyphs-test.images.u8"],
    ["test.labels.u8", "glyphs-test.labels.u8"],
    ["test.json", "glyphs.json"],
  ] as const)
    copyFileSync(join(root, "apps/cli/sample", file), join(folder, name));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

describe.each(examples)("%s", (name) => {
  const text = readFileSync(join(root, "examples", name), "utf8");
  test("imports what its install line names, and no more", () => {
    const [, line = ""] = /^\/\/ npm install (.+)$/m.exec(text) ?? [];
    const installed = line.split(" ");
    const imported = [...text.matchAll(/from "([^"]+)"/g)].map(([, path = ""]) => path.split("/"));
    for (const [scope = "", second] of imported)
      if (!scope.startsWith("node:"))
        expect(installed).toContain(scope.startsWith("@") ? `${scope}/${second}` : scope);
  });
  test("runs, and says something", async () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    await import(join(root, "examples", name));
    const said = log.mock.calls.map((args) => format(...args)).join("\n");
    log.mockRestore();
    expect(said).not.toBe("");
    expect(said).not.toMatch(/undefined|NaN|cancelled: false|holds: false/);
  }, 90_000);
});
