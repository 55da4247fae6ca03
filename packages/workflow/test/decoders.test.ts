import { readModel } from "@prune/onnx";
import type { Recipe } from "@prune/pruner";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore, type PruneJob, type Workflow } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, it } from "vitest";
import { noise, valueInfo } from "../../onnx/test/exported/builder.js";
import { decoders } from "../../onnx/test/exported/decoder-cases.js";
import {
  cachedDecoder,
  crossDecoder,
  decoderBytes,
  firstStepDecoder,
  mergedDecoder,
  recurrentDecoder,
  small,
} from "../../onnx/test/exported/decoders.js";
import {
  groupQueryDecoder,
  maskedDecoder,
  multiHeadDecoder,
  packedDecoder,
  rotaryDecoder,
} from "../../onnx/test/exported/fused-decoders.js";

type Build = Parameters<typeof decoderBytes>[0];

const opened = (build: Build): Workflow =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({ "model.onnx": decoderBytes(build) }),
  });

/** Declared shapes of a model's inputs and outputs. */
function shapes(bytes: Uint8Array): Record<string, string> {
  const { inputs, outputs } = readModel(bytes).graph;
  return Object.fromEntries(
    [...inputs, ...outputs].map(({ name, shape }) => [name, (shape ?? []).join(" ")]),
  );
}

const both = { ratio: 0.5, heads: 0.5, seed: 1 } as const;

const pruned = (build: Parameters<typeof decoderBytes>[0], options: PruneJob) =>
  opened(build).prune("model.onnx", { ...both, importance: "random", out: "small.onnx", ...options });

const frozenWhys = async (build: Parameters<typeof decoderBytes>[0]): Promise<string[]> =>
  (await opened(build).inspect("model.onnx")).frozen.map(({ reason }) => reason);

describe("a decoder with a cache", { timeout: 60_000 }, () => {
  it("keeps the cache as it is, and says what would free it", async () => {
    const { report, bytes } = await pruned(cachedDecoder, { heads: 0 });
    expect(report.ends).toBeUndefined();
    expect(shapes(bytes)["present.0.key"]).toBe("batch 2 past + steps 8");
    expect(report.law).toMatchObject({ holds: true, vacuous: false });
    expect(await frozenWhys(cachedDecoder)).toContain(
      'cache "past_key_values.0.key" keeps its shape; --io cache would free it',
    );
  });

  it.each([
    ["self-attention, cache joined by Concat", "batch 1 past 4", "batch 1 past + steps 4"],
    ["GroupQueryAttention", "batch 1 past 8", "batch 1 total_steps 8"],
    ["MultiHeadAttention", "batch 2 past 4", "batch 2 past + steps 4"],
  ])(
    "loses heads, and dims inside them, of a cache (%s), over steps that feed it back",
    async (name, before, after) => {
      const { report, bytes, recipe } = await pruned(decoders[name] as Build, { io: "cache" });
      expect(report.law).toMatchObject({ holds: true, vacuous: false, sameForm: true, seeds: 3, steps: 6 });
      expect(report.law?.error).toBeLessThan(1e-5);
      expect(shapes(bytes)).toMatchObject({
        "past_key_values.1.value": before,
        "present.1.key": after,
        logits: "batch steps 11",
      });
      expect(report.ends).toHaveLength(8);
      expect(recipe.ends).toEqual(report.ends);
      expect(report.ends?.[0]).toMatchObject({ tensor: "past_key_values.0.key", side: "input" });
    },
  );

  it("loses heads and dims, rotated inside the operator, of a cache whose width is a symbol", async () => {
    const { report, bytes } = await pruned(rotaryDecoder, { io: "cache", queryHeads: 0.5, ratio: 0.6 });
    expect(report.law).toMatchObject({ holds: true, vacuous: false, seeds: 3, steps: 6 });
    expect(shapes(bytes)["present.1.value"]).toBe("batch 1 total_steps 32");
    expect(report.ends?.[0]).toMatchObject({
      before: ["batch", 2, "past", 64],
      after: ["batch", 1, "past", 32],
    });
    const { nodes } = readModel(bytes).graph;
    expect(nodes.find(({ op }) => op === "GroupQueryAttention")?.attributes.get("num_heads")?.value).toBe(1);
  });

  it("loses heads of keys and values that lie in one tensor, and none where that stays", async () => {
    const { report, bytes } = await pruned(packedDecoder, { io: "cache" });
    expect(report.law).toMatchObject({ holds: true, vacuous: false, seeds: 3, steps: 6 });
    expect(shapes(bytes)).toMatchObject({
      past_1: "2 batch 2 past 4",
      present_1: "2 batch 2 past + steps 4",
    });
    const kept = await pruned(packedDecoder, { heads: 0 });
    expect(shapes(kept.bytes).present_1).toBe("2 batch 4 past + steps 8");
    expect(kept.report.law).toMatchObject({ holds: true, vacuous: false });
  });

  it("loses heads of a buffer that steps are written into", async () => {
    const { report, bytes } = await pruned(maskedDecoder, { io: "cache" });
    expect(shapes(bytes)).toMatchObject({
      "past_key_values.0.key": "batch 2 6 4",
      "present.0.value": "batch 2 6 4",
    });
    expect(report.law).toMatchObject({ holds: true, vacuous: false, steps: 6 });
  });

  it("is never run with a buffer that its kernel would read and write beyond", async () => {
    const open: Build = (g) => maskedDecoder(g, { ...small, groups: 4 }, "past");
    const { report } = await pruned(open, { io: "cache" });
    expect(report.law).toMatchObject({ holds: true, vacuous: false });
    expect(report.law?.error).toBeLessThan(1e-6);
    const full: Build = (g) => maskedDecoder(g, { ...small, groups: 4 }, 1);
    await expect(pruned(full, { io: "cache" })).rejects.toMatchObject({
      code: "unverified",
      detail: {
        why: expect.stringMatching(
          /"past_sequence_length" = 1 where the buffer "past_key_values.0.key" holds 1/,
        ),
      },
    });
  });

  it("refuses to take heads from a cache that stays, and says what would free them", async () => {
    await expect(pruned(cachedDecoder, {})).rejects.toThrow(/--io cache would free it/);
  });

  it("loses what named inputs and outputs allow", async () => {
    const { report, bytes } = await pruned(cachedDecoder, { io: ["past_key_values.1.*", "present.1.*"] });
    expect(shapes(bytes)).toMatchObject({
      "past_key_values.0.key": "batch 2 past 8",
      "past_key_values.1.key": "batch 1 past 4",
    });
    expect(report.ends?.map(({ tensor }) => tensor)).toEqual([
      "past_key_values.1.key",
      "past_key_values.1.value",
      "present.1.key",
      "present.1.value",
    ]);
    expect(report.law?.holds).toBe(true);
  });

  it("keeps all of it where only one side is named", async () => {
    const { report } = await pruned(cachedDecoder, { io: "past_key_values.*", heads: 0 });
    expect(report.ends).toBeUndefined();
  });

  it("refuses a name that fits nothing", async () => {
    await expect(pruned(cachedDecoder, { io: "states.*" })).rejects.toMatchObject({
      code: "unknown-end",
      detail: { name: "states.*" },
    });
    await expect(
      opened((g) => g.output(g.op("Relu", [g.input("x", [2])]))).open("model.onnx", { io: "cache" }),
    ).rejects.toMatchObject({ code: "unknown-end", detail: { name: "cache" } });
  });

  describe("on samples", () => {
    const drawn = noise(1 << 16, 7);
    let at = 0;
    const filled = (make: () => number, [n = 0, ...dims]: readonly number[]): unknown =>
      Array.from({ length: n }, () => (dims.length === 0 ? make() : filled(make, dims)));
    const next = (): number => drawn[at++ % drawn.length] as number;
    const samples = JSON.stringify({
      input_ids: filled(() => Math.floor(5.5 * (next() + 1)), [64, 4]),
      ...Object.fromEntries(
        ["0.key", "0.value", "1.key", "1.value"].map((part) => [
          `past_key_values.${part}`,
          filled(next, [64, 2, 3, 8]),
        ]),
      ),
    });
    const sampled = (): Workflow =>
      createWorkflow({
        formats: [onnxFormat({ runtime: nodeRuntime() })],
        store: memoryStore({
          "model.onnx": decoderBytes(cachedDecoder),
          "samples.json": new TextEncoder().encode(samples),
        }),
      });
    const asked = { io: "cache", data: "samples.json", out: "small.onnx", seed: 1 } as const;

    it("is refitted, each network fed the cache that it takes", async () => {
      const { report, bytes } = await sampled().prune("model.onnx", { ...asked, ratio: 0.5, heads: 0.5 });
      expect(shapes(bytes)["past_key_values.0.key"]).toBe("batch 1 past 4");
      expect(report.law?.holds).toBe(true);
      const { before, after, layers } = report.recovery ?? {};
      expect(layers?.some(({ result }) => result === "refitted")).toBe(true);
      expect(after?.error).toBeLessThan(before?.error as number);
    });

    it("is trained by the original, which is fed all of its cache", async () => {
      const how = { ratio: 0.5, heads: 0.5, train: { steps: 30, batch: 16, rate: 3e-3 } };
      const { report, bytes } = await sampled().prune("model.onnx", { ...asked, ...how });
      expect(shapes(bytes)["present.1.value"]).toBe("batch 1 past + steps 4");
      const { curve = [], best } = report.training ?? {};
      expect(best?.loss).toBeLessThan(curve[0]?.loss as number);
    });

    it("is searched for the smallest that holds", async () => {
      const { report } = await sampled().prune("model.onnx", { ...asked, keep: { agreement: 0.97 } });
      expect(report.keep?.points.some(({ holds }) => holds)).toBe(true);
      expect(report.law?.holds).toBe(true);
    });
  });

  it("loses heads of keys and values that another graph makes", async () => {
    const { report, bytes } = await pruned(crossDecoder, { io: "cache" });
    expect(shapes(bytes)).toMatchObject({ "past_key_values.0.encoder.key": "batch 2 encoder_steps 4" });
    expect(report.law).toMatchObject({ holds: true, vacuous: false });
  });

  it("is cut in both branches of a merged graph, with the units of the plain one", async () => {
    const { report, bytes } = await pruned(mergedDecoder, { io: "cache" });
    expect(report.law).toMatchObject({ holds: true, vacuous: false, sameForm: true, seeds: 4, steps: 8 });
    expect(shapes(bytes)).toMatchObject({
      "past_key_values.0.decoder.key": "batch 2 past_steps 4",
      "past_key_values.0.encoder.value": "batch 2 encoder_steps 4",
      "present.0.encoder.key": "batch 2 encoder_steps_out 4",
    });
    const twin = await pruned(firstStepDecoder, { io: "cache" });
    expect(report.before.parameters).toBe(twin.report.before.parameters);
    expect(report.after.parameters).toBe(twin.report.after.parameters);
    const [merged, plain] = await Promise.all(
      [mergedDecoder, firstStepDecoder].map((build) => opened(build).inspect("model.onnx", { io: "cache" })),
    );
    expect(merged?.groups.map(({ kind, units }) => [kind, units])).toEqual(
      plain?.groups.map(({ kind, units }) => [kind, units]),
    );
    expect(merged?.prunable.share).toBeCloseTo(plain?.prunable.share ?? 0, 6);
  });

  it("keeps a merged graph's cache by default, and is verified by its recipe", async () => {
    const workflow = opened(mergedDecoder);
    const made = await workflow.prune("model.onnx", { ratio: 0.5, out: "small.onnx", recipe: "recipe.json" });
    expect(shapes(made.bytes)).toEqual(shapes(decoderBytes(mergedDecoder)));
    expect(made.report.after.parameters).toBeLessThan(0.8 * made.report.before.parameters);
    const found = await workflow.verify("model.onnx", "small.onnx", { recipe: "recipe.json" });
    expect(found).toMatchObject({ holds: true, findings: [], zeroed: { holds: true } });
    const masked = await workflow.prune("model.onnx", { ratio: 0.5, mask: true });
    expect(masked.bytes.length).toBe(decoderBytes(mergedDecoder).length);
  });

  it("loses hidden units of an LSTM whose states it carries", async () => {
    const { report, bytes } = await pruned(recurrentDecoder, { io: "cache", heads: 0 });
    expect(shapes(bytes)).toMatchObject({ input_states_1: "2 batch 6", getitem_2: "2 batch 6" });
    expect(report.law).toMatchObject({ holds: true, vacuous: false, steps: 6 });
    expect(await frozenWhys(recurrentDecoder)).toContain(
      'cache "input_states_1" keeps its shape; --io cache would free it',
    );
  });

  it("is cut by its recipe to the same bytes, and verified", async () => {
    const workflow = opened(cachedDecoder);
    const first = await workflow.prune("model.onnx", {
      ...both,
      importance: "random",
      io: "cache",
      out: "small.onnx",
      recipe: "recipe.json",
    });
    const again = await workflow.apply("model.onnx", { recipe: "recipe.json" });
    expect(again.bytes).toEqual(first.bytes);
    expect(again.report.ends).toEqual(first.report.ends);
    const found = await workflow.verify("model.onnx", "small.onnx", { recipe: "recipe.json" });
    expect(found).toMatchObject({ holds: true, law: { steps: 6 }, zeroed: { holds: true } });
    expect((first.recipe as Recipe).ends).toBeDefined();
  });
});

/** A decoder that counts what its cache holds by the first layer's, as exporters let it. */
const counting: Build = (g) => {
  const sizes = { ...small, layers: 3 };
  cachedDecoder(g, sizes);
  const steps = g.op("Gather", [g.op("Shape", ["past_key_values.0.key"]), g.ints([2], [])]);
  const share = g.op("Mul", [g.op("Cast", [steps], { to: 1 }), g.floats([], [0.1])]);
  g.op("Add", ["logits", g.op("Mul", [share, g.weight([sizes.vocabulary], 1)])], {}, "scores");
  g.graph.output?.splice(0, 1, valueInfo("scores", ["batch", "steps", sizes.vocabulary]));
};

describe("whole layers of a decoder", { timeout: 120_000 }, () => {
  const three = { ...small, layers: 3 };
  const sums = async (build: Build): Promise<string[]> =>
    ((await opened(build).inspect("model.onnx", { io: "cache" })).blocks ?? []).map(({ name }) => name);
  const caches = (bytes: Uint8Array): string[] =>
    Object.keys(shapes(bytes)).filter((name) => /^past|^present/.test(name));

  it.each<[string, Build]>([
    ["cache joined by Concat", (g) => cachedDecoder(g, three)],
    ["GroupQueryAttention", (g) => groupQueryDecoder(g, { ...three, size: 16 })],
    ["GroupQueryAttention, packed", (g) => rotaryDecoder(g, { ...three, size: 64 })],
    ["MultiHeadAttention", (g) => multiHeadDecoder(g, { ...three, groups: 4 })],
    ["Attention", (g) => packedDecoder(g, { ...three, groups: 4 })],
    ["steps counted by the first layer's cache", counting],
  ])("leave with their caches, and later ones count down (%s)", async (_, build) => {
    const whole = caches(decoderBytes(build));
    const each = whole.length / 3;
    const blocks = (await sums(build)).slice(0, (await sums(build)).length / 3);
    const workflow = opened(build);
    const how = { blocks, io: "cache", out: "small.onnx", recipe: "recipe.json", seed: 1 } as const;
    const { report, bytes, recipe } = await workflow.prune("model.onnx", { ...how, ratio: 0.5 });
    expect(caches(bytes)).toEqual(whole.filter((name) => !/2/.test(name)));
    expect(report.blocks?.caches?.gone).toHaveLength(each);
    expect(report.blocks?.caches?.layers).toEqual({ before: 3, left: [1, 2] });
    expect(report.blocks?.law).toMatchObject({ holds: true, vacuous: false, sameForm: true, steps: 6 });
    expect(report.blocks?.law?.error).toBeLessThan(1e-6);
    expect(report.law).toMatchObject({ holds: true, vacuous: false, steps: 6 });
    expect(recipe.form).toEqual({ blocks, caches: "leave" });
    expect((await workflow.apply("model.onnx", { recipe: "recipe.json" })).bytes).toEqual(bytes);
    const found = await workflow.verify("model.onnx", "small.onnx", { recipe: "recipe.json" });
    expect(found).toMatchObject({ holds: true, blocks: { holds: true } });
  });

  it("keep their caches where these may not leave", async () => {
    const build: Build = (g) => cachedDecoder(g, three);
    const [first = ""] = await sums(build);
    const { report, bytes } = await opened(build).prune("model.onnx", { blocks: [first], out: "small.onnx" });
    expect(caches(bytes)).toEqual(caches(decoderBytes(build)));
    expect(report.blocks?.caches).toBeUndefined();
    expect(report.blocks?.law?.holds).toBe(true);
  });
});
