import { createHash } from "node:crypto";
import { type Model, onnx, readModel } from "@prune/onnx";
import { type CutOnnxModel, type RecoverModelOptions, recoverModel } from "@prune/onnx-recovery";
import { lsq } from "@prune/recovery";
import { createSession, findFeeds, run, type ValuesByName } from "@prune/runtime-ort";
import { describe, expect, test } from "vitest";
import { attention } from "../../onnx/test/exported/attention.js";
import { conditioned } from "../../onnx/test/exported/conditioned.js";
import { controlFlow } from "../../onnx/test/exported/control-flow.js";
import { convolutions } from "../../onnx/test/exported/convolutions.js";
import {
  bytesOf,
  conv,
  type Exported,
  ends,
  graph,
  heads,
  image,
  linear,
  spatial,
  tokens,
} from "../../onnx/test/exported/kit.js";
import { mixed } from "../../onnx/test/exported/mixed.js";
import { oldOpsets } from "../../onnx/test/exported/old-opsets.js";
import { sequences } from "../../onnx/test/exported/sequences.js";

const backend = onnx();

/** Every third unit leaves, of families that allow it. */
function cutOf(original: Model): CutOnnxModel {
  const trace = backend.trace(original);
  let units: readonly number[] = [];
  for (const family of trace.families) {
    const more = [...units, ...Array.from(family.units).filter((_, i) => i % 3 === 1)];
    if (trace.cut({ units: more, atoms: [] }).findings.length === 0) units = more;
  }
  const cut = trace.cut({ units: [...units], atoms: [] });
  return { original, smaller: backend.cut(original, trace, cut), cut };
}

async function samplesOf({ source }: Model): Promise<ValuesByName[]> {
  const session = await createSession(source);
  const samples: ValuesByName[] = [];
  for (let seed = 1; seed <= 12; seed++) samples.push(await findFeeds(session, { seed, floats: "normal" }));
  await session.release();
  return samples;
}

const digest = ({ original, smaller }: CutOnnxModel, samples: readonly ValuesByName[]): string => {
  const hash = createHash("sha256").update(original.source).update(smaller.source);
  for (const feeds of samples)
    for (const { data } of Object.values(feeds)) hash.update(data as unknown as Uint8Array);
  return hash.digest("hex");
};

/** What a recovery changes nothing of: inputs, outputs, operators (a bias may be added), element types. */
const formOf = ({ graph: { inputs, outputs, nodes, initializers } }: Model): unknown => ({
  inputs,
  outputs,
  operators: nodes.map(({ op }) => op).filter((op) => op !== "Add"),
  types: [...new Set([...initializers.values()].map(({ dtype }) => dtype))].sort(),
});

/** Recovers, and holds the result to what is promised of every recovery. */
async function held(
  pruned: CutOnnxModel,
  samples: readonly ValuesByName[],
  options: RecoverModelOptions = {},
): ReturnType<typeof recoverModel> {
  const before = digest(pruned, samples);
  const { model, report } = await recoverModel(pruned, samples, options);
  expect(digest(pruned, samples)).toBe(before);
  for (const layer of report.layers) {
    expect(layer.after).toBeLessThanOrEqual(layer.before);
    if (layer.clipped) expect(layer.clipped.after).toBeLessThanOrEqual(layer.clipped.before);
    expect(layer.methods.some((method) => method !== undefined)).toBe(layer.result === "refitted");
    if (layer.result === "kept") expect(layer.after).toBe(layer.before);
  }
  for (const head of report.logits) expect(head.after).toBeLessThanOrEqual(head.before);
  expect(report.result === "kept").toBe(model === pruned.smaller);
  expect(formOf(model)).toEqual(formOf(pruned.smaller));
  const session = await createSession(model.source);
  await run(session, samples[0] ?? {});
  await session.release();
  return { model, report };
}

const structures: Readonly<Record<string, Exported>> = {
  ...attention,
  ...conditioned,
  ...controlFlow,
  ...convolutions,
  ...mixed,
  ...oldOpsets,
  ...sequences,
};

/** Where a head leaves, the convolution has fewer images than it had. */
const pooledHeads = graph(1, (g) => {
  const q = heads(g, linear(g, tokens(g, 12, 16), 12, 32), [4, 8], [0, 2, 3, 1]);
  const planes = g.op("Reshape", [q, g.ints([-1, 8, 4, 4])]);
  const pooled = g.op("Conv", [planes, g.weight([8, 1, 3, 3]), g.weight([8])], { ...spatial(3), group: 8 });
  const apart = g.op("Reshape", [pooled, g.ints([1, -1, 8, 16])]);
  const back = g.op("Reshape", [g.op("Transpose", [apart], { perm: [0, 3, 1, 2] }), g.ints([1, 16, -1])]);
  ends(g, linear(g, back, 32, 5));
});

describe("structures as exporters write them, of a fixed batch of 1", () => {
  // Those that no runtime runs on processors have no mode.
  const runnable = Object.entries(structures).filter(([, { modes }]) => modes?.length !== 0);
  const some = runnable.filter((_, i) => i % 4 === 2);
  some.push(["heads among the rows of a depthwise convolution", pooledHeads]);
  test.each(some)("%s", async (_, structure) => {
    const original = readModel(bytesOf(structure));
    const pruned = cutOf(original);
    const samples = await samplesOf(original);
    const { model } = await held(pruned, samples);
    const again = await recoverModel(pruned, samples);
    expect(Buffer.compare(again.model.source, model.source)).toBe(0);
  });
});

const products = graph(1, (g) => {
  const widths = [12, 21, 30, 24];
  let x = tokens(g);
  for (let i = 1; i < widths.length; i++) x = linear(g, x, widths[i - 1] as number, widths[i] as number);
  ends(g, linear(g, x, 24, 3));
});
const kernels = graph(1, (g) => {
  const x = conv(g, conv(g, image(g), 3, 12, 1), 12, 9, 3, { pads: [0, 0, 0, 0] });
  ends(g, conv(g, x, 9, 4, 1));
});

describe("a linear network whose cut loses nothing", () => {
  test.each(Object.entries({ products, kernels }))("is what it was: %s", async (_, structure) => {
    const original = readModel(bytesOf(structure));
    const pruned = cutOf(original);
    const { report } = await held(pruned, await samplesOf(original), { methods: [lsq(0)] });
    expect(report.before.error).toBeGreaterThan(0.01);
    // The middle convolution gives fewer channels than it did, and its reader needs more of them.
    const layers = structure === kernels ? report.layers.slice(0, 2) : report.layers;
    for (const { after } of layers) expect(after).toBeLessThan(1e-6);
    if (structure === products) expect(report.after.error).toBeLessThan(1e-6);
  });
});

describe("samples that tell little or too much", () => {
  const residual = graph(1, (g) => {
    const x = g.op("Relu", [conv(g, image(g), 3, 12)]);
    const y = conv(g, g.op("Relu", [conv(g, x, 12, 15)]), 15, 12);
    ends(g, conv(g, g.op("Relu", [g.op("Add", [x, y])]), 12, 4));
  });
  const original = readModel(bytesOf(residual));
  const pruned = cutOf(original);
  test.each<[string, (value: number, i: number, batch: number) => number]>([
    ["zeros", () => 0],
    ["a constant", () => 3.7],
    ["one channel alone", (v, i) => (i < 64 ? v : 0)],
    ["values of 1e-25", (v) => 1e-25 * v],
    ["values of 1e6", (v) => 1e6 * v],
    ["values whose squares overflow", (v) => 1e30 * v],
    ["values that hardly vary", (v) => 1e6 + v],
    ["one sample again and again", (_, i) => Math.sin(i)],
  ])("never make it worse: %s", async (_, change) => {
    const samples = (await samplesOf(original)).map((feeds, b) => {
      const { dims = [], data = [] } = feeds.x ?? {};
      const changed = Float32Array.from(data as Float32Array, (v, i) => change(v, i, b));
      return { x: { type: "float32" as const, dims, data: changed } };
    });
    const { report } = await held(pruned, samples);
    expect(report.after.error).toBeLessThanOrEqual(report.before.error);
  });

  test.each(["not-finite", "not-a-number"])("are refused where they hold NaN: %s", async (code) => {
    const samples = await samplesOf(original);
    // The first batch is kept to judge by.
    const { data } = samples[code === "not-finite" ? 1 : 0]?.x ?? {};
    (data as Float32Array)[0] = Number.NaN;
    await expect(recoverModel(pruned, samples)).rejects.toMatchObject({ name: "RecoveryError", code });
  });
});
