import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compare, createSession, findFeeds, run } from "@prune/runtime-ort";
import { afterAll, describe, expect, it } from "vitest";
import { glyphs, prune } from "./command.js";

const models = fileURLToPath(new URL("../../../../shared/models/onnx", import.meta.url));
const wide = join(models, "marabou/cifar10/cifar_wide_kw.onnx");
const detection = join(models, "paddleocr/ch_PP-OCRv2_det_infer.onnx");
const folder = mkdtempSync(join(tmpdir(), "prune-lossless-test-"));
afterAll(() => rmSync(folder, { recursive: true }));
const asWritten = { optimise: false };
const at = (name: string): string => join(folder, name);

interface Entry {
  readonly layer: string;
  readonly units: number;
}

const byLayer = (entries: readonly Entry[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { layer, units } of entries) sums[layer] = (sums[layer] ?? 0) + units;
  return sums;
};

describe("prune --lossless", () => {
  it("writes nothing where no unit can leave", async () => {
    const { code, err } = await prune(glyphs, "-o", at("glyphs.onnx"), "--lossless");
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining("0 units can leave without loss"),
    });
    expect(existsSync(at("glyphs.onnx"))).toBe(false);
  });

  it("refuses what it can't be combined with", async () => {
    for (const [option, ...rest] of [["--recipe", at("recipe.json")], ["--mask"], ["--global"]]) {
      const { code } = await prune(glyphs, "-o", at("glyphs.onnx"), "--lossless", option as string, ...rest);
      expect(code).toBe(2);
    }
  });

  it("prunes as without it where no unit can leave but a ratio is given", async () => {
    const options = ["--ratio", "0.5", "--json"];
    const { code, out } = await prune(glyphs, "-o", at("first.onnx"), "--lossless", ...options);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ model: glyphs, lossless: { removed: [], equal: { error: 0 } } });
    await prune(glyphs, "-o", at("plain.onnx"), ...options);
    expect(readFileSync(at("first.onnx"))).toEqual(readFileSync(at("plain.onnx")));
  });

  it.runIf(existsSync(wide))("removes 2 filters and 7 hidden units of cifar_wide_kw", async () => {
    const { code, out } = await prune(wide, "-o", at("wide.onnx"), "--lossless", "--json");
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(byLayer(report.removed)).toEqual({ "3": 2, "5": 7 });
    expect(report.equal.error).toBeLessThan(1e-5);
    const text = await prune(wide, "-o", at("wide.onnx"), "--lossless");
    expect(text.out).toMatch(
      /9 units removed without loss \(9 zero\)\nequal to the original within \d\.\de-\d/,
    );
  });

  it.runIf(existsSync(wide))("prunes by a ratio what is left of it", async () => {
    const { code, out } = await prune(wide, "-o", at("both.onnx"), "--lossless", "--ratio", "0.3", "--json");
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({ model: wide, before: { parameters: 214918 }, law: { holds: true } });
    expect(byLayer(report.lossless.removed)).toEqual({ "3": 2, "5": 7 });
    expect(report.after.parameters).toBeLessThan(188087 * 0.6);
  });

  it.runIf(existsSync(detection))(
    "removes the dead expand channels of paddleocr det",
    async () => {
      const { code, out } = await prune(detection, "-o", at("det.onnx"), "--lossless", "--json");
      expect(code).toBe(0);
      const report = JSON.parse(out);
      expect(byLayer(report.removed)).toEqual({
        "conv2d_40.w_0": 1,
        "conv2d_46.w_0": 1,
        "conv2d_67.w_0": 2,
        "conv2d_70.w_0": 4,
        "conv2d_73.w_0": 21,
        "conv2d_76.w_0": 3,
      });
      // On larger images than the first its outputs are next to 0, where the runtime's Sigmoid is coarse.
      expect(report.equal.error).toBeLessThanOrEqual(Math.max(1e-5, 2 * (report.equal.noise ?? 0)));
      const [before, after] = [
        await createSession(detection, asWritten),
        await createSession(at("det.onnx"), asWritten),
      ];
      const feeds = await findFeeds(before);
      expect(compare(await run(after, feeds), await run(before, feeds)).worst).toBeLessThan(1e-5);
    },
    30_000,
  );
});
