import { modelToBytes, onnx, readModel } from "@prune/onnx";
import { checkLaw } from "@prune/runtime-ort";
import { expect, test } from "vitest";
import { floats, info, modelBytes, node } from "../../onnx/test/files/build-model.js";

const numbers = (length: number): number[] => Array.from({ length }, (_, i) => Math.sin(i + 1));

/** x [3, 1, 4] -> [3, 1, 2], squeezed without saying which dims -> [3, 2] -> y [3, 5]. */
const bytes = (opset: number): Uint8Array =>
  modelBytes(
    {
      name: "squeeze",
      input: [info("x", [3, 1, 4])],
      output: [info("y", [3, 5])],
      initializer: [floats("w1", [4, 2], numbers(8)), floats("w2", [2, 5], numbers(10))],
      node: [
        node("MatMul", ["x", "w1"], ["a"]),
        node("Squeeze", ["a"], ["b"]),
        node("MatMul", ["b", "w2"], ["y"]),
      ],
    },
    { opsetImport: [{ domain: "", version: opset }] },
  );

test.each([11, 17])(
  "a Squeeze of all dims of 1 keeps the one that is left of two channels (opset %i)",
  async (opset) => {
    const original = bytes(opset);
    const model = readModel(original);
    const backend = onnx();
    const trace = backend.trace(model);
    const [unit] = trace.families[0]?.units ?? [];
    const cut = trace.cut({ units: [unit as number], atoms: [] });
    const smaller = modelToBytes(model, backend.edit(model, trace, cut));
    const masked = modelToBytes(model, backend.mask(model, trace, cut));
    const { error, sameForm, moved } = await checkLaw({ original, masked, cut: smaller });
    expect(error).toBeLessThan(1e-6);
    expect(sameForm).toBe(true);
    expect(moved).toBeGreaterThan(0.01);
  },
);
