import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { versionOfCode } from "../src/job/code.js";

const home = mkdtempSync(join(tmpdir(), "sweep-code-"));
afterAll(() => rmSync(home, { recursive: true }));

const write = (path: string, text: string): string => {
  mkdirSync(dirname(join(home, path)), { recursive: true });
  writeFileSync(join(home, path), text);
  return join(home, path);
};

test("before a release, code that changed has another version, also where it is a dependency's", () => {
  const dependencies = { "@prune/other": "0.0.0", tinypool: "1.0.0" };
  write("package.json", JSON.stringify({ name: "@prune/own", dependencies }));
  write("node_modules/@prune/other/package.json", JSON.stringify({ name: "@prune/other" }));
  write("node_modules/@prune/other/dist/index.js", "1");
  const file = write("dist/deep/index.js", "1");
  const version = (): string => versionOfCode("0.0.0", file);
  const first = version();
  expect(first).toMatch(/^0\.0\.0\+[0-9a-f]{16}$/);
  for (const path of ["dist/index.js.map", "dist/index.d.ts", "node_modules/tinypool/dist/index.js"])
    write(path, "other");
  expect(version()).toBe(first);
  write("dist/deep/index.js", "2");
  const second = version();
  expect(second).not.toBe(first);
  write("node_modules/@prune/other/dist/index.js", "2");
  expect(version()).not.toBe(second);
  write("node_modules/@prune/other/dist/index.js", "1");
  write("dist/deep/index.js", "1");
  expect(version()).toBe(first);
});

test("a released version names its code", () => {
  expect(versionOfCode("1.2.3", join(home, "dist/index.js"))).toBe("1.2.3");
});
