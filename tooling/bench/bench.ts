// Times each step of pruning zoo graphs, warm, and prints a line for each: milliseconds of processor time, all threads
// together, MB/s of the weights that are scored and of the file that is written, and how many times faster the whole is
// than Torch-Pruning where that was measured on the same network (the processor time of its build and prune against ours
// without reading and writing).
//   pnpm bench [NAME | FILE.onnx]...
// Without ../shared it times the bundled sample.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { planByRatio, scoreFamilies } from "@prune/pruner/advanced";
import { hydrated, sharedFile, zooNames } from "../zoo/zoo.js";

const usual = [
  ...[
    "var-resnet18-unfused",
    "tv-resnet50",
    "tv-vgg11",
    "tv-densenet121",
    "tv-mobilenet_v2",
    "tv-convnext_tiny",
  ],
  ...["tv-swin_t", "tv-vit_b_32", "timm-hrnet_w18_small", "hf-bert", "hf-llama", "net-yolov8"],
];
const steps = ["read", "trace", "group", "score", "plan", "cut", "write"] as const;
type Times = Record<(typeof steps)[number], number>;

interface Timed {
  readonly times: Times;
  readonly sizes: { readonly read: number; readonly written: number };
}

const folder = mkdtempSync(join(tmpdir(), "prune-bench-"));
const others = torchPruning();
const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : usual.filter((name) => zooNames().includes(name));
if (names.length === 0) names.push("apps/cli/sample/glyphs.onnx");

console.log(
  `${"model".padEnd(26)}${[...steps, "total"].map((step) => step.padStart(8)).join("")}  score MB/s  write MB/s  torch-pruning`,
);
try {
  for (const name of names) {
    const path = name.endsWith(".onnx") ? name : await hydrated(name);
    if (path) console.log(line(basename(name, ".onnx"), await best(path, 7)));
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The fastest of some rounds after one that warms up, step by step; each writes into a folder of its own. */
async function best(path: string, rounds: number): Promise<Timed> {
  await once(path);
  const all: Timed[] = [];
  for (let round = 0; round < rounds; round++) all.push(await once(path));
  const times = Object.fromEntries(
    steps.map((step) => [step, Math.min(...all.map((timed) => timed.times[step]))]),
  ) as Times;
  return { times, sizes: (all[0] as Timed).sizes };
}

async function once(path: string): Promise<Timed> {
  const place = mkdtempSync(join(folder, "out-"));
  const out = join(place, "out.onnx");
  const times: Partial<Times> = {};
  const time = async <T>(step: keyof Times, run: () => T | Promise<T>): Promise<T> => {
    const before = process.cpuUsage();
    const result = await run();
    const { user, system } = process.cpuUsage(before);
    times[step] = (user + system) / 1000;
    return result;
  };
  const backend = onnx();
  const model = await time("read", () => openModel(path));
  const trace = await time("trace", () => backend.trace(model));
  await time("group", () => trace.groups().reduce((sum, { items }) => sum + items.length, 0));
  const scores = await time("score", () => scoreFamilies(magnitude(), backend.probe(model, trace)));
  const { cut } = await time("plan", () => planByRatio(trace, scores, { ratio: 0.5 }));
  const edit = await time("cut", () => backend.edit(model, trace, cut));
  await time("write", () => saveModel(out, model, edit));
  const written = readdirSync(place).reduce((sum, name) => sum + statSync(join(place, name)).size, 0);
  rmSync(place, { recursive: true });
  return { times: times as Times, sizes: { read: backend.cost(model, trace).bytes, written } };
}

function line(name: string, { times, sizes }: Timed): string {
  const total = steps.reduce((sum, step) => sum + times[step], 0);
  const speed = (bytes: number, ms: number): string => (bytes / 1000 / ms).toFixed(0).padStart(10);
  const other = others.get(name);
  const ours = times.trace + times.group + times.score + times.plan + times.cut;
  return [
    name.padEnd(26) +
      [...steps.map((step) => times[step]), total].map((ms) => ms.toFixed(1).padStart(8)).join(""),
    speed(sizes.read, times.score),
    speed(sizes.written, times.write),
    other === undefined ? "" : `${(other / ours).toFixed(1)}x (${other.toFixed(0)} ms)`,
  ].join("  ");
}

/** Milliseconds that Torch-Pruning took, by our names. */
function torchPruning(): Map<string, number> {
  const file = sharedFile("reference/torch-pruning-results.json");
  if (!file) return new Map();
  const { models } = JSON.parse(readFileSync(file, "utf8")) as {
    models: Record<string, { status: string; build_s?: number; prune_s?: number }>;
  };
  const times = new Map<string, number>();
  for (const [name, { status, build_s = 0, prune_s = 0 }] of Object.entries(models))
    if (status === "ok") times.set(name, 1000 * (build_s + prune_s));
  const resnet = times.get("tv-resnet18");
  if (resnet) times.set("var-resnet18-unfused", resnet);
  return times;
}
