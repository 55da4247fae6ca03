import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Model, modelToBytes, noEdit, onnx, readModel, writeModel } from "@prune/onnx";
import { type ModelFile, readModelFile } from "@prune/onnx/advanced";
import { hashModel } from "@prune/onnx/node";
import { describe, expect, it, test, vi } from "vitest";
import { type Builder, buildFunction, buildModel, type ModelOptions } from "../exported/builder.js";
import { external, info, modelBytes, node, perceptron } from "./build-model.js";
import { haveShared, sharedModels } from "./shared-models.js";

const glyphs = readFileSync(
  fileURLToPath(new URL("../../../../apps/cli/sample/glyphs.onnx", import.meta.url)),
);

/** A file in memory that counts what is read of it. */
function fileOf(bytes: Uint8Array): ModelFile & { readonly count: () => number } {
  let count = 0;
  return {
    size: bytes.length,
    read(offset, length) {
      count += length;
      return bytes.slice(offset, offset + length);
    },
    count: () => count,
  };
}

const backend = onnx();

/** A model with a unit of each group's less, written. */
function smaller(model: Model): Uint8Array {
  const trace = backend.trace(model);
  const [first] = trace.groups().filter(({ indices }) => indices.length > 1);
  if (!first) return modelToBytes(model, noEdit);
  const cut = trace.cut(trace.group(first.root, first.indices.slice(0, 1)).plan());
  return modelToBytes(model, backend.edit(model, trace, cut));
}

async function expectSame(bytes: Uint8Array, least: number): Promise<Model> {
  const whole = readModel(bytes);
  const read = readModelFile(fileOf(bytes), { least });
  expect(read.inlined?.functions).toBe(whole.inlined?.functions);
  expect(Buffer.compare(modelToBytes(read, noEdit), modelToBytes(whole, noEdit))).toBe(0);
  expect(Buffer.compare(smaller(read), smaller(whole))).toBe(0);
  const costs = [read, whole].map((model) => backend.cost(model, backend.trace(model)));
  expect(costs[0]).toEqual(costs[1]);
  const hash = createHash("sha256").update(bytes).digest("hex");
  expect(await backend.hash(read)).toBe(hash);
  expect(hashModel(read)).toBe(hash);
  const host = vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined as never);
  expect(hashModel(read), "where the host has no hash that grows").toBe(hash);
  host.mockRestore();
  for (const [name, weight] of read.graph.initializers)
    expect(weight.bytes(), name).toEqual(Uint8Array.from(whole.graph.initializers.get(name)?.bytes() ?? []));
  return read;
}

describe("a model that is read by ranges", () => {
  it("is cut, written, counted and hashed as one that is read whole", async () => {
    const read = await expectSame(glyphs, 256);
    expect(read.source.length).toBeLessThan(glyphs.length / 4);
  });

  it("has its values read only when they are asked for, and only those", () => {
    const width = 600;
    const bytes = buildModel((g) => {
      const h = g.op("Relu", [g.op("MatMul", [g.input("x", [1, width]), g.weight([width, width])])]);
      g.op("MatMul", [h, g.weight([width, width])], {}, "y");
      g.output("y");
    });
    const file = fileOf(bytes);
    const model = readModelFile(file);
    const trace = backend.trace(model);
    backend.cost(model, trace, trace.cut(trace.groups()[0]?.plan() ?? { units: [], atoms: [] }));
    expect(file.count()).toBeLessThan(bytes.length / 8);
    const before = file.count();
    const [weight] = model.graph.initializers.values();
    expect(weight?.external).toBe(false);
    expect(weight?.bytes().length).toBe(4 * width * width);
    expect(file.count() - before).toBe(4 * width * width);
    expect(weight?.range?.(8, 24, new Uint8Array(16))).toEqual(weight?.bytes().slice(8, 24));
  });

  const convs = (make: (g: Builder, x: string) => string, options?: ModelOptions): Uint8Array =>
    buildModel((g) => {
      const x = g.op("Relu", [g.op("Conv", [g.input("x", [1, 3, 8, 8]), g.weight([8, 3, 3, 3])])]);
      g.op("Conv", [make(g, x), g.weight([4, 8, 1, 1])], {}, "y");
      g.output("y");
    }, options);
  const conv = (g: Builder, x: string): string => g.op("Conv", [x, g.weight([8, 8, 3, 3])]);

  it("has branches and functions in place of what holds them, too", async () => {
    const isTrue = (g: Builder): string => g.op("Equal", [g.ints([1], []), g.ints([1], [])]);
    const branch = await expectSame(
      convs((g, x) =>
        g.op("If", [isTrue(g)], {
          then_branch: g.body((b) => [b.op("Relu", [conv(b, x)])]),
          else_branch: g.body((b) => [b.op("Sigmoid", [conv(b, x)])]),
        }),
      ),
      256,
    );
    expect(branch.inlined?.branches).toBe(1);
    expect(branch.outlined?.places.size).toBeGreaterThan(1);
    const block = buildFunction(["local", "Block"], ["x", "w"], (g) => [
      g.op("Relu", [g.op("Conv", ["x", "w"])]),
    ]);
    const called = convs((g, x) => g.op("Block@local", [x, g.weight([8, 8, 3, 3])]), {
      functions: [block],
      domains: { local: 1 },
    });
    expect((await expectSame(called, 256)).inlined?.functions).toBe(1);
  });

  it("has Constant nodes, doubles and packed floats as they lie in the file", async () => {
    const values = Array.from({ length: 64 }, (_, i) => i / 7);
    const bytes = modelBytes({
      ...perceptron,
      name: "kinds",
      input: [info("x", [1, 64])],
      output: [info("y", [1, 64])],
      initializer: [
        { name: "floats", dataType: 1, dims: [64], floatData: values, docString: "after the values" },
        { name: "doubles", dataType: 11, dims: [64], doubleData: values },
      ],
      node: [node("Add", ["x", "floats"], ["y"])],
    });
    expect((await expectSame(bytes, 64)).outlined?.places.size).toBe(2);
  });

  it("is refused in the words that it is when read whole", () => {
    const code = (read: () => unknown): unknown => {
      try {
        return read();
      } catch (error) {
        return [(error as { code?: string }).code, (error as Error).message];
      }
    };
    for (const bytes of [
      Buffer.from("hello"),
      Buffer.from("PK\x03\x04 and so on"),
      Buffer.alloc(0),
      glyphs.subarray(0, glyphs.length - 9),
    ])
      expect(code(() => readModelFile(fileOf(bytes), { least: 256 }))).toEqual(code(() => readModel(bytes)));
    const outside = { location: "/", offset: 0, length: 8 };
    const own = modelBytes({
      ...perceptron,
      initializer: [...(perceptron.initializer ?? []), external("w", [2], outside)],
    });
    expect(code(() => readModelFile(fileOf(own), { least: 4 }))).toEqual(code(() => readModel(own)));
  });
});

test.skipIf(!haveShared)(
  `every shared model is written as if it was read whole${haveShared ? "" : " (skipped: ../shared is absent)"}`,
  { timeout: 120_000 },
  () => {
    for (const [name, path] of sharedModels()) {
      const descriptor = openSync(path, "r");
      const file: ModelFile = {
        size: fstatSync(descriptor).size,
        read(offset, length) {
          const bytes = new Uint8Array(length);
          readSync(descriptor, bytes, 0, length, offset);
          return bytes;
        },
      };
      const model = readModelFile(file, { inline: false });
      expect(Buffer.concat(writeModel(model, noEdit)).equals(readFileSync(path)), name).toBe(true);
      closeSync(descriptor);
    }
  },
);
