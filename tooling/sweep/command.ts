import { type ChildProcess, spawn } from "node:child_process";
import { copyFileSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SweepPlan } from "@prune/sweep";
import { build } from "esbuild";
import { inlined } from "../tsup/inlined.js";
import { outside, requireBanner } from "../tsup/outside.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const cli = join(root, "apps/cli");

/**
 * The command out of its sources, as a bundle that starts as fast as the built one; returns its file. It is this process's
 * own: another tool that makes one takes nothing away from what runs, and what was left of older code would count as code.
 *
 * @param more other sources that start programs, which come to lie beside it
 */
export async function bundledCommand(more: readonly string[] = []): Promise<string> {
  const home = join(cli, `node_modules/.cache/command-${process.pid}`);
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  mkdirSync(home, { recursive: true });
  copyFileSync(join(cli, "package.json"), join(home, "package.json"));
  await build({
    entryPoints: Object.fromEntries(
      [join(cli, "src/prune.ts"), join(cli, "src/thread.ts"), ...more].map((source) => [
        basename(source, ".ts"),
        source,
      ]),
    ),
    outdir: join(home, "dist"),
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: outside,
    banner: requireBanner,
    plugins: [inlined],
    logLevel: "error",
  });
  return join(home, "dist/prune.js");
}

/**
 * A command that runs, with what it says going to the end of a file. A sweep runs in one process, which a signal to it ends
 * at once and whose processor time is the sweep's.
 */
export function started(
  command: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const out = openSync(log, "a");
  return spawn(process.execPath, [command, ...args], {
    stdio: ["ignore", out, out],
    env: { ...process.env, ...(args[0] === "sweep" && { PRUNE_IN_ONE_PROCESS: "1" }), ...env },
  });
}

/** A worker as `prune work` starts it: in one process, which a signal to it ends at once. */
export function startedWorker(
  command: string,
  args: readonly string[],
  log: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const out = openSync(log, "a");
  return spawn(process.execPath, ["--single-threaded", command, "work", ...args], {
    stdio: ["ignore", out, out],
    env: { ...process.env, PRUNE_IN_ONE_PROCESS: "1", ...env },
  });
}

export const ended = (child: ChildProcess): Promise<number | null> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve(child.exitCode)
    : new Promise((resolve) => child.once("exit", (code) => resolve(code)));

const sample = (name: string): string => join(cli, "sample", name);

/**
 * So many cuts of the bundled classifier, judged on some of its 1,000 test images, and where `recovered` says so won back on
 * that many of its training images by biases alone; other seeds are other candidates.
 */
export function glyphsPlan(candidates: number, seed = 0, samples = 128, recovered = 0): SweepPlan {
  return {
    models: [sample("glyphs.onnx")],
    options: {
      seed,
      ...(recovered > 0 && {
        data: sample("glyphs-train512.images.u8"),
        dataConfig: sample("glyphs.json"),
        samples: recovered,
        recover: "bias",
      }),
    },
    random: {
      count: candidates,
      seed,
      space: {
        ratio: { from: 0.05, to: 0.7 },
        importance: ["l1", "l2", "lamp", "random"],
        global: [false, true],
        seed: [seed, seed + 1],
      },
    },
    measure: ["bytes", "gzip", "macs", "agreement", "accuracy"],
    judge: {
      data: sample("glyphs-test.images.u8"),
      labels: sample("glyphs-test.labels.u8"),
      dataConfig: sample("glyphs.json"),
      samples,
    },
  };
}

/** Writes a plan and returns its path. */
export function planFile(folder: string, plan: SweepPlan): string {
  const path = join(folder, "plan.json");
  writeFileSync(path, JSON.stringify(plan));
  return path;
}

/** What `results.json` says of all candidates together. */
export const resultsOf = (
  folder: string,
): {
  readonly sha256: string;
  readonly candidates: readonly {
    readonly outcome: {
      readonly job: string;
      readonly state: string;
      /** Of one that was made. */
      readonly result?: string;
    };
  }[];
} => JSON.parse(readFileSync(join(folder, "results.json"), "utf8"));
