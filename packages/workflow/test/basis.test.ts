import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import { describe, expect, it } from "vitest";
import { floats, info, modelBytes, node } from "../../onnx/test/files/build-model.js";
import { npy, numbers } from "./made-up.js";

const width = 16;

/** x -> embed -> + a branch behind a norm -> norm -> y; the stream holds six numbers, in a basis of its own. */
const model = modelBytes({
  name: "stream",
  input: [info("x", ["n", 6])],
  output: [info("y", ["n", 3])],
  initializer: [
    floats("embed", [6, width], numbers(6 * width, 1)),
    floats("g", [width], numbers(width, 2)),
    floats("b", [width], numbers(width, 3)),
    floats("g2", [width], numbers(width, 7)),
    floats("b2", [width], numbers(width, 8)),
    floats("up", [width, 24], numbers(24 * width, 4)),
    floats("down", [24, width], numbers(24 * width, 5)),
    floats("head", [width, 3], numbers(3 * width, 6)),
  ],
  node: [
    node("MatMul", ["x", "embed"], ["s0"]),
    node("LayerNormalization", ["s0", "g", "b"], ["n0"]),
    node("MatMul", ["n0", "up"], ["u"]),
    node("Relu", ["u"], ["r"]),
    node("MatMul", ["r", "down"], ["d"]),
    node("Add", ["s0", "d"], ["s1"]),
    node("LayerNormalization", ["s1", "g2", "b2"], ["n1"]),
    node("MatMul", ["n1", "head"], ["y"]),
  ],
});

const opened = () =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({ "model.onnx": model, "data.npy": npy(512, 6) }),
  });

describe("the principal basis", { timeout: 60_000 }, () => {
  it("is one in which less is lost, and auto finds that", async () => {
    const found = async (basis: "given" | "principal" | "auto") => {
      const how = { ratio: 0.4, data: "data.npy", basis } as const;
      const { report } = await opened().prune("model.onnx", how);
      expect(report.law?.holds).toBe(true);
      return { report, error: report.recovery?.after.error as number };
    };
    const [given, principal, auto] = [await found("given"), await found("principal"), await found("auto")];
    expect(principal.report.basis?.widths).toEqual([width]);
    expect(principal.report.basis?.error).toBeLessThan(1e-5);
    expect(principal.report.before).toEqual(given.report.before);
    expect(principal.report.norms?.over).toBe("masked");
    expect(principal.error).toBeLessThan(given.error);
    expect(auto.error).toBe(principal.error);
  });

  it("is that of the whole model where blocks leave too", async () => {
    const how = { ratio: 0.2, data: "data.npy", basis: "principal", blocks: ["s1"] } as const;
    const { report } = await opened().prune("model.onnx", how);
    expect(report.blocks?.law?.holds).toBe(true);
    expect(report.before.macs).toBe(6 * width + 2 * 24 * width + 3 * width);
    expect(report.recovery?.result).toBe("recovered");
    expect(report.recovery?.after.error).toBeLessThan((report.recovery?.before.error as number) / 2);
  });

  it("is refused where it can't be", async () => {
    const code = { code: "bad-option" };
    const workflow = opened();
    await expect(workflow.prune("model.onnx", { basis: "principal" })).rejects.toMatchObject(code);
    await expect(
      workflow.prune("model.onnx", { basis: "principal", data: "data.npy", recipe: "recipe.json" }),
    ).rejects.toMatchObject(code);
    await expect(
      workflow.prune("model.onnx", { basis: "auto", data: "data.npy", recover: "none" }),
    ).rejects.toMatchObject(code);
  });
});
