// One row of docs/recovery.md's table of forms: a CIFAR-10 model at a share of its MACs, with residual branches gone, in a
// basis, with norms over what is left or over all; what it does recovered, and how long it takes. Needs ../shared.
//   node --import tsx tooling/recovery/forms.ts cifar-vit 0.34 [--depth 1] [--basis] [--norms masked] [--by global] [--only-latency]

import { type Model, modelToBytes, noEdit, onnx, readModel } from "@prune/onnx";
import { recoverModel } from "@prune/onnx-recovery";
import { rankBlocks, streamBasis } from "@prune/onnx-recovery/advanced";
import { agreement } from "@prune/recovery";
import { createSession, findFeeds, measurePair } from "@prune/runtime-ort";
import { cutByCurves, cutByRanking } from "./choose-units.js";
import { openCifar } from "./cifar.js";

const seed = 1;
const given = process.argv.slice(2);
const option = (name: string): string | undefined => {
  const at = given.indexOf(`--${name}`);
  return at < 0 ? undefined : given[at + 1];
};
const [name = "cifar-vit", share = "0.34"] = given;
const depth = Number(option("depth") ?? 0);
const isTurned = given.includes("--basis");
const norms = option("norms") === "masked" || (isTurned && option("norms") !== "live") ? "masked" : "live";

const { model, samples, images, dense, answers, accuracy } = await openCifar(name, seed);
const backend = onnx({ norms });
const edited = (from: Model, edit: Parameters<typeof modelToBytes>[1]): Model =>
  readModel(modelToBytes(from, edit));
const whole = backend.cost(model, backend.trace(model)).macs ?? 0;
const began = process.cpuUsage();

/** The same network, its stream in the principal directions of the samples. */
async function turned(): Promise<Model> {
  const trace = backend.trace(model);
  const [stream] = backend.streams(model, trace);
  if (!stream) throw new RangeError(`${name} has no stream that could be turned`);
  const basis = await streamBasis(model, stream, samples, { seed });
  return edited(model, backend.rotated(model, trace, stream, basis));
}

/** Without the branches that cost least. */
async function shallower(deep: Model): Promise<Model> {
  if (depth === 0) return deep;
  const trace = backend.trace(deep);
  const blocks = backend.blocks(deep, trace);
  const ranks = await rankBlocks(backend, { model: deep, trace, blocks }, samples, depth);
  const gone = ranks.map(({ block }) => block);
  return edited(deep, backend.withoutBlocks(deep, trace, gone));
}

const original = isTurned ? await turned() : model;
const from = await shallower(original);
const trace = backend.trace(from);
const left = (backend.cost(from, trace).macs ?? 0) / whole;
const shareLeft = Math.min(1, Number(share) / left);
const cut = await (option("by") === "global" ? cutByRanking : cutByCurves)(
  { backend, model: from, trace, samples },
  shareLeft,
);
const smaller = backend.cut(from, trace, cut);
const choosing = process.cpuUsage(began).user / 1e6;
const sessions = [
  await createSession(modelToBytes(model, noEdit)),
  await createSession(modelToBytes(smaller, noEdit)),
] as const;
const feeds = await findFeeds(sessions[0]);
const { ratio, noise } = await measurePair(sessions, feeds, { clock: "cpu", noise: 0.005, seconds: 8 });
const row = {
  name,
  macs: (backend.cost(from, trace, cut).macs ?? 0) / whole,
  by: option("by") ?? "chooser",
  depth,
  basis: isTurned ? "principal" : "given",
  norms,
  latency: ratio,
  noise,
  choosing,
};
if (given.includes("--only-latency")) console.log(JSON.stringify(row));
else {
  const started = process.cpuUsage();
  const { model: recovered, report } = await recoverModel({ original, smaller, cut }, samples, { seed });
  const found = await answers(recovered);
  const right = accuracy(found);
  console.log(
    JSON.stringify({
      ...row,
      cut: accuracy(await answers(smaller)),
      recovered: right,
      standardError: Math.sqrt((right * (100 - right)) / images),
      agreement: 100 * agreement(dense, found).top1,
      heldOut: report.after.error,
      seconds: process.cpuUsage(started).user / 1e6,
    }),
  );
}
