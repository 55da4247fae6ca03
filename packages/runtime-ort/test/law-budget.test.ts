import { checkLaw, type Law, type LawOptions, type OrtRuntime, RuntimeError } from "@prune/runtime-ort";
import { nodeRuntime } from "@prune/runtime-ort/node";
import type * as common from "onnxruntime-common";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { floats, modelBytes, node } from "../../onnx/test/files/build-model.js";
import { float32, tinyModel } from "./tiny-model.js";

/** Milliseconds by the clock that the law reads: only runs take time, so that nothing waits and no machine is too slow. */
let clock = 0;
beforeEach(() => {
  clock = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A layer, and what it makes as whole numbers. */
const rounding = (batch: number | string): Uint8Array =>
  tinyModel({
    inputs: [{ name: "x", type: float32, shape: [batch, 3] }],
    outputs: [{ name: "whole", type: float32, shape: [batch, 4] }],
    nodes: [
      { op: "MatMul", inputs: ["x", "w"], outputs: ["scores"] },
      { op: "Round", inputs: ["scores"], outputs: ["whole"] },
    ],
    weights: [{ name: "w", shape: [3, 4], values: [1, -2, 3, 0.5, 2, 1, -1, 4, 30, -0.7, 2, 1] }],
  });

interface Slow extends OrtRuntime {
  /** How many runs each session had, in the order of their opening. */
  readonly runs: number[];
}

/** A runtime whose sessions, in the order of their opening, take so many milliseconds for each run, one if it is not said. */
function slowed(delays: readonly number[]): Slow {
  const runtime = nodeRuntime();
  const runs: number[] = [];
  return {
    ...runtime,
    runs,
    async load() {
      const ort = await runtime.load();
      const create = async (...given: unknown[]): Promise<common.InferenceSession> => {
        const open = ort.InferenceSession.create as (...all: unknown[]) => Promise<common.InferenceSession>;
        const session = await open.apply(ort.InferenceSession, given);
        const at = runs.push(0) - 1;
        return new Proxy(session, {
          get(target, key) {
            const value: unknown = Reflect.get(target, key);
            if (key !== "run") return typeof value === "function" ? value.bind(target) : value;
            return async (feeds: common.InferenceSession.FeedsType) => {
              runs[at] = (runs[at] as number) + 1;
              clock += delays[at] ?? 1;
              return target.run(feeds);
            };
          },
        });
      };
      return { ...ort, env: ort.env, Tensor: ort.Tensor, InferenceSession: { create } } as typeof ort;
    },
  };
}

const lawOf = (model: Uint8Array, runtime: OrtRuntime, options: LawOptions): Promise<Law> =>
  checkLaw({ original: model, masked: model, cut: model }, { seeds: 3, runtime, ...options });

test("three inputs are compared where there is time", async () => {
  expect(await lawOf(rounding("n"), slowed([]), {})).toMatchObject({ seeds: 3, error: 0 });
});

test("inputs of the same sizes are no more than one where runs take long", async () => {
  const slow = [300];
  expect(await lawOf(rounding(2), slowed(slow), { seconds: 20 })).toMatchObject({ seeds: 1, error: 0 });
  expect(await lawOf(rounding("n"), slowed(slow), { seconds: 20 })).toMatchObject({ seeds: 3, error: 0 });
});

test("models that take longer than the original are compared on the inputs that there was time for", async () => {
  const runtime = slowed([0, 2500]);
  const law = await lawOf(rounding("n"), runtime, { seconds: 2 });
  expect(law).toMatchObject({ seeds: 1, error: 0, sameForm: true });
  expect(runtime.runs).toEqual([3, 1, 1]);
});

test("one input is compared however long it takes, unless there is a limit", async () => {
  expect(await lawOf(rounding("n"), slowed([]), { seconds: 1e-6 })).toMatchObject({ seeds: 1, error: 0 });
  const late = lawOf(rounding("n"), slowed([0, 1200]), { limit: 1 });
  await expect(late).rejects.toSatisfy((error) => RuntimeError.is(error, "law-late"));
  await expect(late).rejects.toThrow("1 seconds");
});

test("an input whose rank the model leaves open is fed nothing", async () => {
  const open = modelBytes({
    name: "open",
    input: [{ name: "x", type: { tensorType: { elemType: 1 } } }],
    output: [{ name: "y", type: { tensorType: { elemType: 1 } } }],
    initializer: [floats("w", [6, 2, 4], new Array(48).fill(0.1))],
    node: [
      node("Einsum", ["x", "w"], ["y"], {
        attribute: [{ name: "equation", type: 3, s: new TextEncoder().encode("bsi,ihd->bshd") }],
      }),
    ],
  });
  const runtime = slowed([]);
  await expect(lawOf(open, runtime, {})).rejects.toSatisfy((error) => RuntimeError.is(error, "input-shape"));
  expect(runtime.runs).toEqual([0]);
});

test("what decides is looked at while the masked model runs, not once more", async () => {
  const model = rounding("n");
  const runtime = slowed([]);
  // Another model in place of the cut: the two have to be compared where they decide alike.
  const other = Uint8Array.from(model);
  const at = Buffer.from(other).indexOf(Buffer.from(Float32Array.of(30).buffer));
  other.set(new Uint8Array(Float32Array.of(60).buffer), at);
  const law = await checkLaw({ original: model, masked: model, cut: other }, { runtime, seeds: 1 });
  expect(law.anchors).toBe(1);
  expect(law.error).toBeGreaterThan(1e-2);
  // The original, the masked model, the cut, the cut with what the masked one made; the masked one with itself twice.
  expect(runtime.runs).toEqual([1, 1, 1, 1, 1, 1]);
});
