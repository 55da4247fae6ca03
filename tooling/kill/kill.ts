// `pnpm kill [ROUNDS] [FORMAT]`: writes models over earlier outputs, with every step of publishing held open, and kills the command
// at random times. What is there afterwards must be the earlier model or the new one, whole, and the next run must succeed
// and leave nothing behind.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { noEdit, readModel } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { openGraphModel, saveGraphModel } from "@prune/tfjs/node";
import { external, info, modelBytes, node } from "../../packages/onnx/test/files/build-model.js";
import { buildGraph } from "../../packages/tfjs/test/build-graph.js";

const rounds = Number(process.argv[2] ?? 20);
const only = process.argv[3] ?? "";
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "kill-prune-"));
const at = (...names: string[]): string => join(folder, ...names);

interface Subject {
  readonly name: string;
  readonly model: string;
  /** The output, in a folder of its own. */
  readonly out: (home: string) => string;
  /** All that makes a written model what it is. */
  hash(home: string): string;
}

async function subjects(): Promise<readonly Subject[]> {
  const values = (n: number): Float32Array =>
    Float32Array.from({ length: n }, (_, i) => Math.sin(12.9898 * i));
  const graph = {
    name: "outside",
    input: [info("x", [1, 64])],
    output: [info("y", [1, 8])],
    initializer: [
      external("w1", [64, 64], { location: "model.onnx_data", offset: 0, length: 16384 }),
      external("w2", [64, 8], { location: "model.onnx_data", offset: 16384, length: 2048 }),
    ],
    node: [
      node("MatMul", ["x", "w1"], ["h"]),
      node("Relu", ["h"], ["r"]),
      node("MatMul", ["r", "w2"], ["y"]),
    ],
  };
  const weights = new Uint8Array(values(64 * 64 + 64 * 8).buffer);
  const bytes = modelBytes(graph);
  const read = readModel(bytes, {
    external: (_, offset, length = weights.length - offset) => weights.subarray(offset, offset + length),
  });
  mkdirSync(at("in"));
  await saveModel(at("in", "model.onnx"), { ...read, file: at("in", "model.onnx") }, noEdit).catch(
    async () => {
      const { writeFileSync } = await import("node:fs");
      writeFileSync(at("in", "model.onnx"), bytes);
      writeFileSync(at("in", "model.onnx_data"), weights);
    },
  );
  const net = buildGraph((b) => {
    const x = b.node("Relu", [b.node("MatMul", [b.input("x", [-1, 64]), b.weight("w1", [64, 64])])]);
    return [b.node("MatMul", [x, b.weight("w2", [64, 8])], {}, "y")];
  }, 3);
  await saveGraphModel(at("web"), net);
  const digest = (parts: Iterable<Uint8Array | string>): string => {
    const hash = createHash("sha256");
    for (const part of parts) hash.update(part);
    return hash.digest("hex");
  };
  return [
    {
      name: "ONNX with external data",
      model: at("in", "model.onnx"),
      out: (home) => join(home, "small.onnx"),
      hash(home) {
        const { initializers } = openModel(join(home, "small.onnx")).graph;
        return digest(
          [...initializers.values()].flatMap(({ name, shape, bytes }) => [name, String(shape), bytes()]),
        );
      },
    },
    {
      name: "TensorFlow.js",
      model: at("web", "model.json"),
      out: (home) => join(home, "small"),
      hash(home) {
        const { weights } = openGraphModel(join(home, "small"));
        return digest([...weights].flatMap(([name, { entry, bytes }]) => [name, String(entry.shape), bytes]));
      },
    },
  ];
}

/** Runs the command; with `kill`, ends it that many milliseconds after it began to write. */
async function run(subject: Subject, home: string, ratio: number, kill?: number): Promise<number | null> {
  // What is killed is the process that writes.
  const env = { ...process.env, TMPDIR: at("tmp"), PRUNE_IN_ONE_PROCESS: "1" };
  const hold = kill === undefined ? [] : ["--import", join(root, "tooling/kill/hold-open.ts")];
  const out = subject.out(home);
  const recipe = ["--recipe", join(home, "recipe.json"), "--report", join(home, "report.json")];
  const args = [
    "apps/cli/dist/prune.js",
    subject.model,
    "-o",
    out,
    "--ratio",
    String(ratio),
    "--no-verify",
    ...recipe,
  ];
  const child = spawn(process.execPath, ["--import", "tsx", ...hold, ...args], {
    cwd: root,
    env,
    stdio: "ignore",
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  if (kill !== undefined) {
    const isWriting = (): boolean =>
      existsSync(home) &&
      readdirSync(home, { recursive: true }).some((name) => String(name).includes(".prune-"));
    while (child.exitCode === null && !isWriting()) await setTimeout(5);
    await setTimeout(kill);
    child.kill("SIGKILL");
  }
  return ended;
}

let wrong = 0;
const complain = (what: string): void => {
  wrong++;
  console.error(`WRONG: ${what}`);
};

mkdirSync(at("tmp"), { recursive: true });
const all = await subjects();
const chosen = all.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) {
  console.error(`No format is called "${only}"; there are ${all.map(({ name }) => name).join(" and ")}.`);
  process.exit(2);
}
for (const subject of chosen) {
  const made = async (ratio: number): Promise<string> => {
    const home = at(`${subject.name} ${ratio}`);
    mkdirSync(home);
    if ((await run(subject, home, ratio)) !== 0) throw new Error(`${subject.name} can't be pruned`);
    return home;
  };
  const [earlier, later] = [await made(0.5), await made(0.25)];
  const hashes = [subject.hash(earlier), subject.hash(later)];
  const found = { earlier: 0, later: 0 };
  for (let round = 0; round < rounds; round++) {
    const home = at(`${subject.name} round ${round}`);
    cpSync(earlier, home, { recursive: true });
    await run(subject, home, 0.25, Math.random() * 3000);
    let which = -1;
    try {
      which = hashes.indexOf(subject.hash(home));
    } catch (error) {
      complain(`${subject.name}, round ${round}: ${(error as Error).message}`);
    }
    if (which < 0) complain(`${subject.name}, round ${round}: neither model is there`);
    else found[which === 0 ? "earlier" : "later"]++;
    if ((await run(subject, home, 0.25)) !== 0)
      complain(`${subject.name}, round ${round}: the next run failed`);
    else if (subject.hash(home) !== hashes[1])
      complain(`${subject.name}, round ${round}: the next run's model`);
    const left = readdirSync(home, { recursive: true }).filter((name) => String(name).includes(".prune-"));
    if (left.length > 0) complain(`${subject.name}, round ${round}: left ${left.join(", ")}`);
    rmSync(home, { recursive: true });
  }
  console.log(
    `${subject.name}: ${rounds} rounds, the earlier model ${found.earlier} times, the new one ${found.later} times`,
  );
}
rmSync(folder, { recursive: true });
process.exitCode = wrong > 0 ? 1 : 0;
