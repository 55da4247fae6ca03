import { onnx, readModel } from "@prune/onnx";
import { openModel } from "@prune/onnx/node";
import { recoverModel, syntheticSamples } from "@prune/onnx-recovery";
import { answersOf } from "@prune/onnx-recovery/advanced";
import { describe, expect, it } from "vitest";
import { attention, modelOf } from "../../pruner/test/models.js";
import { float32, tinyModel } from "../../runtime-ort/test/tiny-model.js";

const glyphs = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);

describe("made-up inputs", () => {
  it("come near to what BatchNormalizations saw in training, the same with the same seed", async () => {
    const { samples, divergence } = await syntheticSamples(glyphs, { count: 64, seed: 3 });
    expect(divergence?.shaped).toBeLessThan(0.3 * (divergence?.plain as number));
    expect(samples.map(({ input }) => input?.dims)).toEqual([
      [32, 1, 28, 28],
      [32, 1, 28, 28],
    ]);
    const again = await syntheticSamples(glyphs, { count: 64, seed: 3 });
    expect(again.samples[1]?.input?.data).toEqual(samples[1]?.input?.data);
    expect(samples[0]?.input?.data).not.toEqual(samples[1]?.input?.data);
  }, 60_000);

  it("win back what a cut lost of the answers to other inputs", async () => {
    const backend = onnx();
    const trace = backend.trace(glyphs);
    const units = trace.families.flatMap((family) => Array.from(family.units).filter((_, i) => i % 4 === 1));
    const cut = trace.cut({ units, atoms: [] });
    const smaller = backend.cut(glyphs, trace, cut);
    const { samples } = await syntheticSamples(glyphs, { count: 128, seed: 3 });
    const { model, report } = await recoverModel({ original: glyphs, smaller, cut }, samples);
    expect(report.result).toBe("recovered");
    const others = (await syntheticSamples(glyphs, { count: 64, seed: 4 })).samples;
    const [want, before, after] = await Promise.all(
      [glyphs, smaller, model].map(async (net) => (await answersOf(net, others)).values),
    );
    const off = (values: Float64Array | undefined): number =>
      (want as Float64Array).reduce((sum, v, i) => sum + (v - (values?.[i] as number)) ** 2, 0);
    expect(off(after)).toBeLessThan(0.3 * off(before));
  }, 120_000);

  it("are plain noise where no BatchNormalization tells more", async () => {
    const model = modelOf(attention);
    const { samples, divergence } = await syntheticSamples(model, { count: 4 });
    expect(divergence).toBeUndefined();
    expect(samples).toHaveLength(4);
  });

  it("have the rank that the model takes", async () => {
    for (const shape of [[], [6], ["n"]]) {
      const model = readModel(
        tinyModel({
          inputs: [{ name: "x", type: float32, shape }],
          outputs: [{ name: "y", type: float32, shape }],
          nodes: [{ op: "Relu", inputs: ["x"], outputs: ["y"] }],
        }),
      );
      const { samples } = await syntheticSamples(model, { count: 12, batch: 3 });
      const dims = shape.map((size) => (size === "n" ? 3 : Number(size)));
      expect(samples[0]?.x?.dims).toEqual(dims);
      await expect(answersOf(model, samples)).resolves.toBeDefined();
    }
  });

  it("are refused for models that take something else", async () => {
    const tokens = modelOf({
      ...attention,
      input: [{ ...attention.input![0]!, name: "other" }, ...attention.input!],
    });
    await expect(syntheticSamples(tokens)).rejects.toMatchObject({ code: "input-type" });
  });
});
