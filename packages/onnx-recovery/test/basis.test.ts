import { modelToBytes, onnx, readModel } from "@prune/onnx";
import { streamBasis } from "@prune/onnx-recovery/advanced";
import { checkLaw } from "@prune/runtime-ort";
import { describe, expect, it } from "vitest";
import { floats, info, modelBytes, type NodeParts, node } from "../../onnx/test/files/build-model.js";

const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i) / 2);
const width = 12;
const matrix = (name: string, rows: number, columns: number, seed: number) =>
  floats(name, [rows, columns], numbers(rows * columns, seed));
const vector = (name: string, n: number, seed: number) =>
  floats(
    name,
    [n],
    numbers(n, seed).map((v) => v + 0.3),
  );

interface Parts {
  /** The branch's first layer has a bias for a norm's shift to go into. */
  readonly biased?: boolean;
  /** What the stream goes through before its last norm. */
  readonly through?: readonly NodeParts[];
}

/** x -> embed + pos -> two pre-norm branches -> norm -> mean over positions -> y. */
const transformer = ({ biased = true, through = [] }: Parts = {}): Uint8Array =>
  modelBytes({
    name: "stream",
    input: [info("x", ["n", 4, 5])],
    output: [info("y", ["n", 3])],
    initializer: [
      matrix("embed", 5, width, 1),
      vector("embed.b", width, 2),
      floats("pos", [1, 4, width], numbers(4 * width, 3)),
      ...[0, 1].flatMap((k) => [
        vector(`g${k}`, width, 4 + k),
        vector(`b${k}`, width, 6 + k),
        matrix(`up${k}`, width, 16, 8 + k),
        vector(`up${k}.b`, 16, 10 + k),
        matrix(`down${k}`, 16, width, 12 + k),
        vector(`down${k}.b`, width, 14 + k),
      ]),
      vector("g2", width, 20),
      vector("b2", width, 21),
      matrix("head", 3, width, 22),
      vector("head.b", 3, 23),
      vector("layer.scale", width, 24),
    ],
    node: [
      node("MatMul", ["x", "embed"], ["e"]),
      node("Add", ["e", "embed.b"], ["e1"]),
      node("Add", ["e1", "pos"], ["s0"]),
      ...[0, 1].flatMap((k) => [
        node("LayerNormalization", [`s${k}`, `g${k}`, `b${k}`], [`n${k}`]),
        node("MatMul", [`n${k}`, `up${k}`], [`u${k}`]),
        ...(biased
          ? [node("Add", [`up${k}.b`, `u${k}`], [`v${k}`])]
          : [node("Identity", [`u${k}`], [`v${k}`])]),
        node("Relu", [`v${k}`], [`r${k}`]),
        node("MatMul", [`r${k}`, `down${k}`], [`d${k}`]),
        node("Add", [`d${k}`, `down${k}.b`], [`f${k}`]),
        node("Add", [`s${k}`, `f${k}`], [`s${k + 1}`]),
      ]),
      ...through,
      node("LayerNormalization", [through.at(-1)?.output?.[0] ?? "s2", "g2", "b2"], ["n2"]),
      node("ReduceMean", ["n2"], ["m"], {
        attribute: [
          { name: "axes", type: 7, ints: [1] },
          { name: "keepdims", type: 2, i: 0 },
        ],
      }),
      node("Gemm", ["m", "head", "head.b"], ["y"], { attribute: [{ name: "transB", type: 2, i: 1 }] }),
    ],
  });

const batches = Array.from({ length: 8 }, (_, b) => ({
  x: {
    type: "float32" as const,
    dims: [16, 4, 5],
    data: Float32Array.from(numbers(320, b * 31.7), (v, i) => v * Math.cos(i * i + b)),
  },
}));

async function turned(original: Uint8Array) {
  const backend = onnx({ norms: "masked" });
  const model = readModel(original);
  const trace = backend.trace(model);
  const [stream, ...others] = backend.streams(model, trace);
  expect(others).toEqual([]);
  if (!stream) throw new Error("no stream was found");
  const basis = await streamBasis(model, stream, batches);
  return { backend, stream, basis, bytes: modelToBytes(model, backend.rotated(model, trace, stream, basis)) };
}

describe("a residual stream in its principal directions", () => {
  for (const biased of [true, false])
    it(`computes the same, ${biased ? "shifts of norms in biases" : "shifts of norms added"}`, async () => {
      const original = transformer({ biased });
      const { bytes, stream } = await turned(original);
      expect([stream.width, stream.norms.length, stream.read.length]).toEqual([width, 3, 3]);
      const { error, sameForm } = await checkLaw({ original, masked: original, cut: bytes });
      expect(error).toBeLessThan(2e-6);
      expect(sameForm).toBe(true);
      expect(readModel(bytes).graph.nodes.map(({ op }) => op)).not.toContain("LayerNormalization");
    });

  it("has orthonormal directions, most power first, that see no mean", async () => {
    const { basis } = await turned(transformer());
    for (let p = 0; p < width; p++)
      for (let q = 0; q < width; q++) {
        let dot = 0;
        for (let i = 0; i < width; i++) dot += basis[i * width + p]! * basis[i * width + q]!;
        expect(dot).toBeCloseTo(p === q ? 1 : 0, 9);
      }
    const sum = Array.from({ length: width }, (_, i) => basis[i * width]!).reduce(
      (all, value) => all + value,
      0,
    );
    expect(sum).toBeCloseTo(0, 6);
  });

  it("loses least when its last directions leave, and cut = mask", async () => {
    const original = transformer();
    const { backend, bytes } = await turned(original);
    const model = readModel(bytes);
    const trace = backend.trace(model);
    const family = trace.families.find(({ units }) => units.length === width);
    const errorWithout = async (places: readonly number[]): Promise<number> => {
      const units = places.map((i) => family?.units[i] as number);
      const cut = trace.cut({ units, atoms: [] });
      const small = modelToBytes(model, backend.edit(model, trace, cut));
      const masked = modelToBytes(model, backend.mask(model, trace, cut));
      const law = await checkLaw({ original: bytes, masked, cut: small });
      expect(law.error).toBeLessThan(1e-5);
      return (await checkLaw({ original, masked: original, cut: small })).error;
    };
    expect(await errorWithout([width - 1])).toBeLessThan(1e-5);
    expect(await errorWithout([width - 1, width - 2, width - 3])).toBeLessThan(await errorWithout([0, 1, 2]));
  });

  it("is none where something on the way depends on the basis", () => {
    const backend = onnx();
    const streams = (through: readonly NodeParts[]) => {
      const model = readModel(transformer({ through }));
      return backend.streams(model, backend.trace(model));
    };
    expect(streams([])).toHaveLength(1);
    expect(streams([node("Relu", ["s2"], ["t"])])).toEqual([]);
    expect(streams([node("Mul", ["s2", "layer.scale"], ["t"])])).toEqual([]);
    expect(
      streams([node("LayerNormalization", ["s2", "g2", "b2"], ["k"]), node("Add", ["k", "s2"], ["t"])]),
    ).toEqual([]);
  });
});
