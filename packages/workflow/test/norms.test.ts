import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, type MemoryStore, memoryStore } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../onnx/test/files/build-model.js";
import { npy, numbers } from "./made-up.js";

/** x [n, 4] -> 16 hidden -> LayerNormalization -> y [n, 3]. */
const model = modelBytes({
  name: "norm",
  input: [info("x", ["n", 4])],
  output: [info("y", ["n", 3])],
  initializer: [
    floats("v", [4, 16], numbers(64, 1)),
    floats("s", [16], numbers(16, 3)),
    floats("b", [16], numbers(16, 4)),
    floats("w", [16, 3], numbers(48, 2)),
  ],
  node: [
    node("MatMul", ["x", "v"], ["h"]),
    node("LayerNormalization", ["h", "s", "b"], ["z"]),
    node("MatMul", ["z", "w"], ["y"]),
  ],
});

const opened = () =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({ "model.onnx": model, "data.npy": npy(512, 4) }),
  });

describe("norms over a cut axis", { timeout: 60_000 }, () => {
  it("count what left as zero where that is asked for, and the recipe says so", async () => {
    const workflow = opened();
    const how = { ratio: 0.5, norms: "masked", out: "small.onnx", recipe: "recipe.json" } as const;
    const { report, recipe, bytes } = await workflow.prune("model.onnx", how);
    expect(report).toMatchObject({ norms: { over: "masked", nodes: 1 }, law: { holds: true } });
    expect(report.law?.error).toBeLessThan(1e-6);
    expect(recipe.form).toEqual({ norms: "masked" });
    const { law, zeroed, findings } = await workflow.verify("model.onnx", "small.onnx", {
      recipe: "recipe.json",
    });
    expect(findings).toEqual([]);
    for (const { holds, error } of [law, zeroed as typeof law]) {
      expect(holds).toBe(true);
      expect(error).toBeLessThan(1e-6);
    }
    const again = await workflow.apply("model.onnx", { recipe: "recipe.json" });
    expect(again.bytes).toEqual(bytes);
  });

  it("are over what is left otherwise", async () => {
    const { report, recipe } = await opened().prune("model.onnx", { ratio: 0.5, verify: false });
    expect(report.norms).toEqual({ over: "live", nodes: 1 });
    expect(recipe.form).toBeUndefined();
  });

  it("are what recovers nearer to the original on held-out samples", async () => {
    const workflow = opened();
    const error = async (norms: "live" | "masked" | "auto"): Promise<number> => {
      const how = { ratio: 0.5, data: "data.npy", norms, verify: false };
      return (await workflow.prune("model.onnx", how)).report.recovery?.after.error ?? Infinity;
    };
    const [live, masked, auto] = [await error("live"), await error("masked"), await error("auto")];
    expect(live).not.toBeCloseTo(masked, 6);
    expect(auto).toBe(Math.min(live, masked));
  });

  it("can't be chosen without samples", async () => {
    await expect(opened().prune("model.onnx", { norms: "auto" })).rejects.toMatchObject({
      code: "bad-option",
    });
  });

  it("can't be told from a recipe of another version", async () => {
    const workflow = opened();
    const { recipe } = await workflow.prune("model.onnx", {
      norms: "masked",
      out: "small.onnx",
      verify: false,
    });
    const store = workflow.store as MemoryStore;
    const unknown = { ...recipe, form: { norms: "other" } };
    await store.write(
      {
        model: undefined,
        files: [
          {
            path: "other.json",
            ...(() => {
              const bytes = new TextEncoder().encode(JSON.stringify(unknown));
              return { length: bytes.length, chunks: () => [bytes] };
            })(),
          },
        ],
      },
      [],
    );
    await expect(workflow.apply("model.onnx", { recipe: "other.json" })).rejects.toMatchObject({
      code: "recipe-mismatch",
    });
  });
});
