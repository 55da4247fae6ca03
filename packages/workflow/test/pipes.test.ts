import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkFiles } from "@prune/files";
import { targetOf } from "@prune/files/advanced";
import { openModel } from "@prune/onnx/node";
import { openTfjsModel } from "@prune/tfjs/node";
import { isStandardOutput } from "@prune/workflow/node";
import { afterAll, expect, it } from "vitest";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "prune-pipes-")));
afterAll(() => rmSync(folder, { recursive: true }));
const require = createRequire(import.meta.url);
const pipe = join(folder, "pipe");

/** Where Node finds a module that is a link to another, as in installs of pnpm. */
function found(name: string): string {
  symlinkSync(join(folder, "real"), join(folder, name));
  return require.resolve(join(folder, name, "index.js"));
}

const quietly = async (call: () => unknown): Promise<void> => {
  try {
    await call();
  } catch {
    // What it says of a pipe is tested elsewhere.
  }
};

// Node's realpathSync reads the numbers of the file that was looked at last, and leaves links as they are if that was a
// pipe: a runtime that is loaded then is known by the link's name and doesn't find what it imports.
it.skipIf(process.platform === "win32").each([
  ["isStandardOutput", () => isStandardOutput(pipe)],
  ["targetOf", () => targetOf(pipe)],
  ["checkFiles", () => checkFiles([pipe], [{ path: join(folder, "out") }])],
  ["openModel", () => openModel(pipe)],
  ["openTfjsModel", () => openTfjsModel(pipe)],
])("after %s of a pipe modules are found where they are", async (name, call) => {
  mkdirSync(join(folder, "real"), { recursive: true });
  writeFileSync(join(folder, "real/index.js"), "");
  await quietly(() => execFileSync("mkfifo", [pipe], { stdio: "ignore" }));
  expect(found(`before-${name}`)).toBe(join(folder, "real/index.js"));
  await quietly(call);
  expect(found(`after-${name}`)).toBe(join(folder, "real/index.js"));
});
