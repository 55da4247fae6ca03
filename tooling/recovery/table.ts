import { onnx } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { recover } from "@prune/recovery";
import {
  type Answers,
  agreement,
  answersOf,
  chooser,
  collectStatistics,
  keptBy,
  ortTwins,
  refitSymmetric,
} from "@prune/runtime-ort";
import { batches, type Data, drawn, models, readData } from "./cifar-data.js";

export interface Row {
  readonly asked: number;
  readonly macs: number;
  readonly parameters: number;
  readonly cut: number;
  readonly symmetric: number;
  readonly sequential: number;
  readonly clipped: number;
  readonly agreement: number;
  readonly seconds: number;
}

export interface Table {
  readonly dense: number;
  readonly rows: readonly Row[];
  readonly notes: readonly string[];
}

/** Cuts a CIFAR model to shares of its work and measures what each recovery wins back. */
export async function recoveryTable(name: string, shares: readonly number[], seed = 1): Promise<Table> {
  const backend = onnx();
  const model = openModel(`${models}/${name}.onnx`);
  const trace = backend.trace(model);
  const test = readData(name, "cifar10-test");
  const samples = drawn(readData(name, "cifar10-train"), "input", 1024, seed);
  const tests = batches(test, "input", test.labels.length, 100);
  const accuracyOf = (answers: Answers): number => 100 * accuracy(answers, test);
  const dense = await answersOf(model, tests);
  const whole = backend.cost(model, trace);
  const begun = process.cpuUsage();
  const statistics = await collectStatistics(model, samples);
  const choice = await chooser(backend, model, trace, samples);
  const notes = [`choosing: ${seconds(begun)} s of processor time, once for all rows`];
  const rows: Row[] = [];
  for (const asked of shares) {
    const cut = trace.cut(choice.plan(asked));
    const kept = keptBy(cut);
    const small = backend.cut(model, trace, cut);
    const after = backend.cost(model, trace, cut);
    const plain = await recover(ortTwins(model, small, kept, samples, { seed, residual: false }), {
      rounds: 0,
    });
    const started = process.cpuUsage();
    const full = await recover(ortTwins(model, small, kept, samples, { seed }));
    const taken = seconds(started);
    const last = await answersOf(full.model, tests);
    const row = {
      asked,
      macs: after.macs / whole.macs,
      parameters: after.parameters / whole.parameters,
      cut: accuracyOf(await answersOf(small, tests)),
      symmetric: accuracyOf(await answersOf(refitSymmetric(statistics, small, kept), tests)),
      sequential: accuracyOf(await answersOf(plain.model, tests)),
      clipped: accuracyOf(last),
      agreement: 100 * agreement(dense, last).top1,
      seconds: taken,
    };
    rows.push(row);
    console.log(lineOf(row));
  }
  return { dense: accuracyOf(dense), rows, notes };
}

const seconds = (from: NodeJS.CpuUsage): number => Math.round(process.cpuUsage(from).user / 1e6);

function accuracy({ values, classes }: Answers, { labels }: Data): number {
  let correct = 0;
  labels.forEach((label, i) => {
    const row = values.subarray(i * classes, (i + 1) * classes);
    if (row.every((value) => value <= (row[label] as number))) correct++;
  });
  return correct / labels.length;
}

const percent = (share: number): string => (100 * share).toFixed(1);

const head = [
  "MACs asked",
  "MACs",
  "parameters",
  "cut only",
  "symmetric",
  "sequential",
  "with residual and Relu",
  "agreement",
  "processor time",
];

export const header = `| ${head.join(" | ")} |\n|${head.map(() => "---|").join("")}`;

export function lineOf(row: Row): string {
  const cells = [
    percent(row.asked),
    percent(row.macs),
    percent(row.parameters),
    row.cut.toFixed(1),
    row.symmetric.toFixed(1),
    row.sequential.toFixed(1),
    `**${row.clipped.toFixed(1)}**`,
    row.agreement.toFixed(1),
    `${row.seconds} s`,
  ];
  return `| ${cells.join(" | ")} |`;
}
