import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { external, floats, modelBytes } from "./build-model.js";

const script = fileURLToPath(new URL("killed-save.ts", import.meta.url));
const root = fileURLToPath(new URL("../../../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "prune-killed-"));
afterAll(() => rmSync(folder, { recursive: true }));

const count = 500;
const size = 65536;
const names = Array.from({ length: count }, (_, i) => `w${i}`);
writeFileSync(join(folder, "weights.bin"), new Uint8Array(size * 4));
writeFileSync(
  join(folder, "external.onnx"),
  modelBytes({ initializer: names.map((name) => external(name, [size], { location: "weights.bin" })) }),
);
writeFileSync(
  join(folder, "inline.onnx"),
  modelBytes({
    initializer: names.slice(0, 50).map((name) => floats(name, [size], new Array(size).fill(1))),
  }),
);

describe.each(["external.onnx", "inline.onnx"])("a save of %s", (model) => {
  it.each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "that %s ends half way leaves no output file",
    async (signal) => {
      const out = join(folder, `${model}-${signal}`);
      mkdirSync(out);
      const args = ["--import", "tsx", script, join(folder, model), join(out, "out.onnx")];
      const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      await once(child.stdout, "data");
      expect(readdirSync(out).every((name) => name.endsWith(".tmp"))).toBe(true);
      child.kill(signal);
      expect((await ended)[1]).toBe(signal);
      const left = readdirSync(out).filter((name) => signal !== "SIGKILL" || !/^\..*\.tmp$/.test(name));
      expect(left).toEqual([]);
    },
    20_000,
  );
});
