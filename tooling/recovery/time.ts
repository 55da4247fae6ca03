import { readFileSync } from "node:fs";
import { macsOf } from "@prune/graph";
import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { recoverModel } from "@prune/onnx-recovery";
import type { ValuesByName } from "@prune/runtime-ort";
import { randomStream } from "@prune/samples";
import { hydrated, sharedFile } from "../zoo/zoo.js";

// node --import tsx tooling/recovery/time.ts: what recovery costs. Units are taken at random: only the work counts.

interface Case {
  readonly name: string;
  readonly file: string | undefined;
  readonly share: number;
  readonly samples: number;
  readonly batch: number;
  readonly shape: readonly number[];
}

const image = [3, 224, 224];
const cases: readonly Case[] = [
  {
    name: "cifar-resnet20",
    file: sharedFile("models/cifar-resnet20.onnx"),
    share: 0.6,
    samples: 1024,
    batch: 64,
    shape: [3, 32, 32],
  },
  {
    name: "tv-resnet50",
    file: await hydrated("tv-resnet50", { lively: true }),
    share: 0.5,
    samples: 256,
    batch: 1,
    shape: image,
  },
];
const wanted = process.argv.slice(2);

console.log(`| net | samples | MACs | processor time | wall | onnxruntime | solving | other | peak memory |
|---|---|---|---|---|---|---|---|---|`);
for (const one of cases) if (wanted.length === 0 || wanted.includes(one.name)) console.log(await line(one));

async function line({ name, file, share, samples: count, batch, shape }: Case): Promise<string> {
  if (!file) return `| ${name} | ../shared is absent |`;
  const backend = onnx();
  const original = openModel(file);
  const trace = backend.trace(original);
  const input = original.graph.inputs.find(({ name: tensor }) => !original.graph.initializers.has(tensor));
  const stream = randomStream(1, name);
  const size = batch * shape.reduce((a, b) => a * b, 1);
  const samples = Array.from(
    { length: Math.ceil(count / batch) },
    (): ValuesByName => ({
      [input?.name as string]: {
        type: "float32",
        dims: [batch, ...shape],
        data: Float32Array.from({ length: size }, () => stream.integer(2000) / 500 - 2),
      },
    }),
  );
  const removed = 1 - Math.sqrt(share);
  const units = trace.families.flatMap((family) =>
    Array.from(family.units).filter((_, i) => (i * 7919) % 100 < 100 * removed),
  );
  const cut = trace.cut({ units, atoms: [] });
  const smaller = backend.cut(original, trace, cut);
  const macs = macsOf(backend.cost(original, trace, cut)) / macsOf(backend.cost(original, trace));
  const begun = process.cpuUsage();
  const { report } = await recoverModel({ original, smaller, cut }, samples, { seed: 1 });
  const processor = process.cpuUsage(begun).user / 1e6;
  const { total, runtime, solving, other } = report.seconds;
  const part = (seconds: number): string => `${((100 * seconds) / total).toFixed(0)} %`;
  const cells = [
    name,
    count,
    `${(100 * macs).toFixed(1)} %`,
    `${processor.toFixed(0)} s`,
    `${total.toFixed(0)} s`,
    part(runtime),
    part(solving),
    part(other),
    peak(),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Most memory that this process has held, if the system reports it. */
function peak(): string {
  try {
    const kilobytes = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    return `${(Number(kilobytes) / 1024).toFixed(0)} MB`;
  } catch {
    return "?";
  }
}
