import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { modelToBytes, onnx, readModel } from "@prune/onnx";
import { openModel, saveModel } from "@prune/onnx/node";
import { expect, onTestFinished, test } from "vitest";
import { external, type GraphParts, info, modelBytes, node } from "./build-model.js";

const width = 1100;

/** Weights of 5 MB, more than one stretch, and what reads them; `kept` is not cut. */
const wide: GraphParts = {
  name: "wide",
  input: [info("x", [1, width])],
  output: [info("y", [1, width])],
  initializer: ["first", "second", "kept"].map((name, i) =>
    external(name, [width, width], {
      location: "weights.bin",
      offset: 4 * width * width * i,
      length: 4 * width * width,
    }),
  ),
  node: [
    node("MatMul", ["x", "kept"], ["a"]),
    node("Add", ["a", "x"], ["b"]),
    node("MatMul", ["b", "first"], ["c"]),
    node("MatMul", ["c", "second"], ["y"]),
  ],
};

test("weights longer than a stretch are cut and saved as in one piece, two files at a time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "prune-onnx-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const at = (name: string): string => join(folder, name);
  const values = Float32Array.from({ length: 3 * width * width }, (_, i) => i);
  writeFileSync(at("model.onnx"), modelBytes(wide));
  writeFileSync(at("weights.bin"), new Uint8Array(values.buffer));

  const model = openModel(at("model.onnx"));
  const backend = onnx();
  const trace = backend.trace(model);
  const cutEvery = (n: number) => {
    const units = trace.families.flatMap((family) => [...family.units].filter((_, i) => i % n === 0));
    return backend.edit(model, trace, trace.cut({ units, atoms: [] }));
  };
  const edits = [cutEvery(2), cutEvery(3)];
  await Promise.all(edits.map((edit, i) => saveModel(at(`out${i}.onnx`), model, edit)));

  for (const [i, edit] of edits.entries()) {
    const saved = openModel(at(`out${i}.onnx`));
    const embedded = readModel(modelToBytes(model, edit));
    expect([...edit.tensors.keys()].sort()).toEqual(["first", "second"]);
    for (const name of ["first", "second", "kept"]) {
      const want = edit.tensors.get(name)?.bytes() ?? model.graph.initializers.get(name)!.bytes();
      expect(Buffer.compare(saved.graph.initializers.get(name)!.bytes(), want)).toBe(0);
      expect(Buffer.compare(embedded.graph.initializers.get(name)!.bytes(), want)).toBe(0);
    }
    expect(readFileSync(at(`out${i}.onnx.data`)).length).toBeLessThan(4 * values.length);
  }
}, 30_000);
