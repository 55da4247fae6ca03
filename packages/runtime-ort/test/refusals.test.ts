import { onnx, readModel } from "@prune/onnx";
import {
  checkLaw,
  createSession,
  inputsOf,
  type OrtRuntime,
  randomFeeds,
  type Values,
} from "@prune/runtime-ort";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { describe, expect, test } from "vitest";
import { decoderBytes } from "../../onnx/test/exported/decoders.js";
import { maskedDecoder } from "../../onnx/test/exported/fused-decoders.js";
import { floats, type GraphParts, info, modelBytes, node } from "../../onnx/test/files/build-model.js";
import { newerRuntime } from "../src/newer-runtime.js";

const numbers = Array.from({ length: 12 }, (_, i) => Math.sin(i + 1));
const product: GraphParts = {
  name: "product",
  input: [info("x", [2, 4])],
  output: [info("y", [2, 3])],
  initializer: [floats("w", [4, 3], numbers)],
  node: [node("MatMul", ["x", "w"], ["y"])],
};

describe("a model for a newer onnxruntime is refused with the one that it needs", () => {
  test("by its IR version and its opset", async () => {
    for (const [more, said] of [
      [{ irVersion: 99 }, "For its IR version 99 a newer onnxruntime than 1.27 is needed"],
      [
        { opsetImport: [{ domain: "", version: 99 }] },
        "For its opset 99 a newer onnxruntime than 1.27 is needed",
      ],
      [
        {
          opsetImport: [
            { domain: "", version: 17 },
            { domain: "ai.onnx.ml", version: 99 },
          ],
        },
        "Its opset 99 of ai.onnx.ml needs a newer onnxruntime",
      ],
    ] as const)
      await expect(createSession(modelBytes(product, more as object))).rejects.toThrow(said);
  });

  test("by an attribute", async () => {
    const attribute = [{ name: "precision", type: 2, i: 1 }];
    const graph = { ...product, node: [node("MatMul", ["x", "w"], ["y"], { attribute })] };
    await expect(createSession(modelBytes(graph))).rejects.toThrow(
      /precision of MatMul.*a newer one may load/s,
    );
  });

  test("of older runtimes", () => {
    const ir = "Unsupported model IR version: 10, max supported IR version: 9";
    const opset =
      "Opset 21 is under development and support for this is limited. Current official support for domain ai.onnx is till opset 20";
    expect(newerRuntime(ir)).toBe("For its IR version 10 onnxruntime 1.18 or newer is needed.");
    expect(newerRuntime(opset)).toBe("For its opset 21 onnxruntime 1.18 or newer is needed.");
    expect(newerRuntime("bad protobuf")).toBeUndefined();
  });
});

test("the law says whether rounding or chance alone may change the answers", async () => {
  const jumpsOf = async (graph: GraphParts): Promise<boolean> => {
    const original = modelBytes(graph, { opsetImport: [{ domain: "", version: 17 }] });
    return (await checkLaw({ original, masked: original, cut: original })).jumps;
  };
  const after = (op: string): GraphParts => ({
    ...product,
    node: [node("MatMul", ["x", "w"], ["a"]), node(op, ["a"], ["y"])],
  });
  expect(await jumpsOf(product)).toBe(false);
  expect(await jumpsOf(after("Relu"))).toBe(false);
  expect(await jumpsOf(after("Round"))).toBe(true);
  expect(await jumpsOf(after("RandomNormalLike"))).toBe(true);
});

test("an operator that there is a rule for is refused by what is not known of its operands", () => {
  const trace = onnx().trace(
    readModel(
      modelBytes({
        ...product,
        initializer: [floats("w", [4, 3], numbers), floats("v", [4, 4], [...numbers, 1, 2, 3, 4])],
        node: [
          node("MatMul", ["x", "v"], ["a"]),
          node("Odd", ["a"], ["b"], { domain: "my" }),
          node("Gemm", ["b", "w"], ["y"]),
        ],
      }),
    ),
  );
  const reasons = trace.frozen().map(({ reason }) => reason);
  expect(reasons).toContain('Gemm can\'t be followed here: the shape of "b" is not known');
  expect(reasons.join()).not.toContain('no rule for operator "Gemm"');
});

describe("a model that was made and can't be run", () => {
  const original = modelBytes(product);
  const masked = modelBytes({ ...product, name: "masked" });
  const real = nodeRuntime();
  /** The runtime, but for models that it is told to refuse. */
  const refusing = (isRefused: (source: Uint8Array, level: unknown) => boolean): OrtRuntime => ({
    ...real,
    async load() {
      const ort = await real.load();
      const create = async (source: Uint8Array, options: { graphOptimizationLevel?: unknown }) => {
        if (isRefused(source, options.graphOptimizationLevel)) throw new Error("no such kernel");
        return ort.InferenceSession.create(source, options as object);
      };
      return { ...ort, InferenceSession: { ...ort.InferenceSession, create } } as typeof ort;
    },
  });
  const failing = async (runtime: OrtRuntime): Promise<unknown> => {
    try {
      return await checkLaw({ original, masked, cut: original }, { runtime });
    } catch (error) {
      return error;
    }
  };
  const isMasked = (source: Uint8Array): boolean => source.length === masked.length;

  test("is a fault of ours where the original is run as it is", async () => {
    const error = await failing(refusing(isMasked));
    expect(error).toMatchObject({ code: "law-run-failed", detail: { model: "masked" } });
    expect((error as Error).message).toContain("This is a fault of @prune");
  });

  test("may be the file's where the original isn't", async () => {
    const error = await failing(refusing((source, level) => isMasked(source) || level === "disabled"));
    expect(error).toMatchObject({ code: "law-run-failed", detail: { model: "masked" } });
    expect((error as Error).message).toMatch(
      /The original isn't run as it is either.*no such kernel.*export/,
    );
    expect((error as Error).message).not.toContain("@prune");
  });
});

test("the law refuses inputs on which a kernel reads and writes beyond its buffers", async () => {
  const original = decoderBytes(maskedDecoder);
  const model = readModel(original);
  const inputs = inputsOf(model.graph);
  const law = (past: number): Promise<unknown> => {
    const feeds = randomFeeds(inputs, { graph: model.graph });
    const { type, dims } = feeds.past_sequence_length as Values;
    const given = { ...feeds, past_sequence_length: { type, dims, data: Int32Array.of(past) } };
    return checkLaw({ original, masked: original, cut: original }, { feeds: [given] });
  };
  for (const past of [0, 6])
    await expect(law(past)).rejects.toMatchObject({
      code: "no-room-in-buffer",
      detail: { input: "past_sequence_length", past, room: 6 },
    });
  for (const past of [1, 5]) await expect(law(past)).resolves.toMatchObject({ error: 0 });
});
