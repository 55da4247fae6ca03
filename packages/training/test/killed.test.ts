import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "prune-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));
const script = fileURLToPath(new URL("./killed-run.ts", import.meta.url));
const args = (name: string): string[] => [
  "--import",
  "tsx",
  script,
  join(folder, `${name}.checkpoint`),
  join(folder, `${name}.onnx`),
];

/** Kills a run by force as soon as it has written a checkpoint. */
async function killed(name: string): Promise<void> {
  const child = spawn(process.execPath, args(name), { stdio: "ignore" });
  const gone = new Promise<void>((resolve) => child.on("exit", () => resolve()));
  while (child.exitCode === null && !existsSync(join(folder, `${name}.checkpoint`)))
    await new Promise((go) => setTimeout(go, 5));
  child.kill("SIGKILL");
  await gone;
}

test("a run that was killed by force goes on to the same weights", async () => {
  const run = promisify(execFile);
  await run(process.execPath, args("whole"));
  await killed("part");
  expect(existsSync(join(folder, "part.checkpoint"))).toBe(true);
  expect(existsSync(join(folder, "part.onnx"))).toBe(false);
  await run(process.execPath, args("part"));
  expect(readFileSync(join(folder, "part.onnx"))).toEqual(readFileSync(join(folder, "whole.onnx")));
}, 120_000);
