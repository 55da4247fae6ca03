import { readFileSync } from "node:fs";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { createWorkflow, memoryStore, type Store } from "@prune/workflow";
import type { Range } from "@prune/workflow/advanced";
import { onnxFormat } from "@prune/workflow/onnx";
import { expect, it } from "vitest";
import { buildModel } from "../../onnx/test/exported/builder.js";
import { samplePath } from "./glyphs.js";

/** A store whose files lie outside of memory, as a browser's do, and the ranges that were read of them. */
function outside(files: Readonly<Record<string, Uint8Array>>): {
  readonly store: Store;
  readonly read: (Range | undefined)[];
} {
  const memory = memoryStore(files);
  const read: (Range | undefined)[] = [];
  const readNow = (path: string, range?: Range): Uint8Array => {
    read.push(range);
    return memory.readNow(path, range);
  };
  return { store: { ...memory, isOutside: true, readNow, read: async (...of) => readNow(...of) }, read };
}

const wide = buildModel((g) => {
  const h = g.op("Relu", [g.op("MatMul", [g.input("x", [1, 500]), g.weight([500, 500])])]);
  g.op("MatMul", [h, g.weight([500, 500])], {}, "y");
  g.output("y");
});

it("a model of a store that reads ranges is opened without its weights, and gives the same files", async () => {
  for (const bytes of [wide, new Uint8Array(readFileSync(samplePath("glyphs.onnx")))]) {
    const { store, read } = outside({ "model.onnx": bytes });
    const formats = [onnxFormat({ runtime: nodeRuntime() })];
    const ranged = createWorkflow({ formats, store });
    const opened = await ranged.open("model.onnx");
    if (bytes === wide) {
      const count = read.reduce((sum, range) => sum + (range?.length ?? bytes.length), 0);
      expect(count).toBeLessThan(bytes.length / 5);
    }
    const inMemory = createWorkflow({ formats, store: memoryStore({ "model.onnx": bytes }) });
    const whole = await inMemory.open("model.onnx");
    expect(opened.backend.cost(opened.model, opened.trace)).toEqual(
      whole.backend.cost(whole.model, whole.trace),
    );
    const [a, b] = [
      await ranged.prune("model.onnx", { ratio: 0.4 }),
      await inMemory.prune("model.onnx", { ratio: 0.4 }),
    ];
    expect(a.recipe).toEqual(b.recipe);
    expect(Buffer.compare(Buffer.from(a.bytes), Buffer.from(b.bytes))).toBe(0);
    expect(a.report.law).toEqual(b.report.law);
  }
});
