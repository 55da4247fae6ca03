import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

// Loaded before the command: every step that changes what a folder holds takes long, so that a kill meets each of them.
const pause = Number(process.env.PRUNE_HOLD_MS ?? 100);
const wait = (): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pause);

type Steps = Record<string, (...args: unknown[]) => unknown>;

function slow(where: Steps, names: readonly string[]): void {
  for (const name of names) {
    const run = where[name] as Steps[string];
    where[name] = (...args) => {
      wait();
      const result = run(...args);
      wait();
      return result;
    };
  }
}

slow(fs as unknown as Steps, ["linkSync", "renameSync", "unlinkSync", "rmSync"]);
slow(fs.promises as unknown as Steps, ["rename", "unlink"]);
syncBuiltinESMExports();
