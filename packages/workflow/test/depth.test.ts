import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, it } from "vitest";
import { floats, info, modelBytes, type NodeParts, node } from "../../onnx/test/files/build-model.js";
import { npy, numbers } from "./made-up.js";

const width = 8;
const branch = (from: string, to: string, name: string): NodeParts[] => [
  node("MatMul", [from, `${name}.a`], [`${name}.h`]),
  node("Relu", [`${name}.h`], [`${name}.r`]),
  node("MatMul", [`${name}.r`, `${name}.b`], [`${name}.y`]),
  node("Add", [from, `${name}.y`], [to]),
];
const weights = (name: string, seed: number, scale: number) => [
  floats(`${name}.a`, [width, 16], numbers(16 * width, seed)),
  floats(
    `${name}.b`,
    [16, width],
    numbers(16 * width, seed + 1).map((v) => v * scale),
  ),
];

/** Four residual branches, of which the second and the fourth say little. */
const model = modelBytes({
  name: "deep",
  input: [info("x", ["n", width])],
  output: [info("y", ["n", 3])],
  initializer: [
    ...weights("f", 1, 0.5),
    ...weights("g", 3, 0.02),
    ...weights("h", 5, 0.5),
    ...weights("k", 7, 0.03),
    floats("w", [width, 3], numbers(3 * width, 9)),
  ],
  node: [
    ...branch("x", "s1", "f"),
    ...branch("s1", "s2", "g"),
    ...branch("s2", "s3", "h"),
    ...branch("s3", "s4", "k"),
    node("MatMul", ["s4", "w"], ["y"]),
  ],
});

const opened = () =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({ "model.onnx": model, "data.npy": npy(512, width) }),
  });

describe("whole blocks", { timeout: 60_000 }, () => {
  it("leave as they are named, with a proof, a recipe that repeats it, and nothing else", async () => {
    const workflow = opened();
    const how = { blocks: ["s2", "s4"], out: "small.onnx", recipe: "recipe.json" };
    const { report, recipe, bytes } = await workflow.prune("model.onnx", how);
    expect(report.blocks).toMatchObject({
      of: 4,
      removed: [
        { name: "s2", macs: 2 * 16 * width, parameters: 2 * 16 * width },
        { name: "s4", macs: 2 * 16 * width, parameters: 2 * 16 * width },
      ],
      law: { holds: true, error: 0 },
    });
    expect([report.removed, report.before.macs, report.after.macs]).toEqual([0, 8 * 128 + 24, 4 * 128 + 24]);
    expect(recipe.form).toEqual({ blocks: ["s2", "s4"] });
    const found = await workflow.verify("model.onnx", "small.onnx", { recipe: "recipe.json" });
    expect(found).toMatchObject({ holds: true, sameModel: true, blocks: { holds: true } });
    expect((await workflow.apply("model.onnx", { recipe: "recipe.json" })).bytes).toEqual(bytes);
  });

  it("leave beside units, under a target of the whole model", async () => {
    const workflow = opened();
    const how = { blocks: ["s2"], target: { macs: 0.5 }, out: "small.onnx", recipe: "recipe.json" } as const;
    const { report } = await workflow.prune("model.onnx", how);
    expect(report.law?.holds).toBe(true);
    expect(report.removed).toBeGreaterThan(0);
    const share = Number(report.after.macs) / Number(report.before.macs);
    expect(share).toBeLessThanOrEqual(0.5);
    expect(share).toBeGreaterThan(0.4);
    const found = await workflow.verify("model.onnx", "small.onnx", { recipe: "recipe.json" });
    expect(found.holds).toBe(true);
  });

  it("are chosen by what the answers lose on samples, and what is before them is refitted", async () => {
    const { report } = await opened().prune("model.onnx", { depth: 0.5, data: "data.npy" });
    expect(report.blocks?.removed.map(({ name }) => name).sort()).toEqual(["s2", "s4"]);
    expect(report.recovery).toMatchObject({ result: "recovered" });
    expect(report.recovery?.after.error).toBeLessThan(report.recovery?.before.error as number);
  });

  it("are as many as do better than units alone", async () => {
    const how = { target: { macs: 0.6 }, data: "data.npy", verify: false } as const;
    const error = async (depth?: number | "auto"): Promise<number> => {
      const { report } = await opened().prune("model.onnx", {
        ...how,
        ...(depth !== undefined && { depth }),
      });
      expect(Number(report.after.macs) / Number(report.before.macs)).toBeLessThanOrEqual(0.6);
      return report.recovery?.after.error as number;
    };
    const fixed = [await error(), await error(1), await error(2)];
    expect(await error("auto")).toBeCloseTo(Math.min(...fixed), 9);
  });

  it("are refused where that makes no sense", async () => {
    const workflow = opened();
    const code = { code: "bad-option" };
    await expect(workflow.prune("model.onnx", { blocks: ["s5"] })).rejects.toMatchObject(code);
    await expect(workflow.prune("model.onnx", { depth: 2 })).rejects.toMatchObject(code);
    await expect(workflow.prune("model.onnx", { depth: 9, data: "data.npy" })).rejects.toMatchObject(code);
    await expect(workflow.prune("model.onnx", { depth: 1.5, data: "data.npy" })).rejects.toMatchObject(code);
    await expect(workflow.prune("model.onnx", { depth: "auto", data: "data.npy" })).rejects.toMatchObject(
      code,
    );
    await expect(workflow.prune("model.onnx", { blocks: ["s2"], depth: 1 })).rejects.toMatchObject(code);
    await expect(
      workflow.prune("model.onnx", { blocks: ["s2"], target: { latency: 0.5 } }),
    ).rejects.toMatchObject(code);
  });

  it("are listed", async () => {
    const { blocks } = await opened().inspect("model.onnx");
    expect(blocks?.map(({ name }) => name)).toEqual(["s1", "s2", "s3", "s4"]);
  });
});
