import { activation } from "@prune/importance-activation";
import { taylor } from "@prune/importance-gradient";
import { magnitude } from "@prune/importance-magnitude";
import { openModel } from "@prune/onnx/node";
import { prune, unitNamed, unitText } from "@prune/pruner";
import type { Progress } from "@prune/pruner/advanced";
import { verifyLaw } from "@prune/runtime-ort";
import { describe, expect, test } from "vitest";
import { attention, backend, modelOf } from "../../pruner/test/models.js";

const glyphs = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const options = { backend, importance: magnitude(), ratio: 0.25 };

test("what a criterion needs and the probe lacks is said before anything is scored", async () => {
  for (const [importance, needs] of [
    [activation(), "activations"],
    [taylor(), "gradients"],
  ] as const)
    await expect(prune(glyphs, { ...options, importance })).rejects.toMatchObject({
      code: "missing-need",
      detail: { needs: [needs] },
    });
});

test("a path and bytes are no model, and the message says what makes one of them", async () => {
  for (const given of ["model.onnx", new Uint8Array(3), new ArrayBuffer(3)])
    await expect(prune(given as never, options)).rejects.toMatchObject({ code: "not-a-model" });
  await expect(prune("model.onnx" as never, options)).rejects.toThrow(/openModel\(path\)/);
});

test("a backend whose cut gives nothing, or the original, is named", async () => {
  for (const cut of [() => undefined, (model: typeof glyphs) => model])
    await expect(
      prune(glyphs, { ...options, backend: { ...backend, name: "own", cut: cut as never } }),
    ).rejects.toMatchObject({ code: "bad-backend", detail: { backend: "own" } });
});

test("verifyLaw is what verify asks for", async () => {
  const { report } = await prune(glyphs, { ...options, verify: verifyLaw() });
  expect(report.law).toMatchObject({ holds: true, vacuous: false, sameForm: true });
  const wrong = { ...backend, cut: (model: typeof glyphs) => ({ ...model }) };
  await expect(prune(glyphs, { ...options, backend: wrong, verify: verifyLaw() })).rejects.toMatchObject({
    code: "law-broken",
  });
}, 60_000);

describe("a long pruning", () => {
  test("says what it does, lets other work run, and ends when asked", async () => {
    const seen: Progress[] = [];
    await prune(glyphs, { ...options, onProgress: (progress) => seen.push(progress) });
    expect(new Set(seen.map(({ step }) => step))).toEqual(new Set(["score", "plan", "cut"]));
    const ended = new AbortController();
    const slow = {
      ...magnitude(),
      score: async (...args: Parameters<ReturnType<typeof magnitude>["score"]>) => {
        const until = performance.now() + 40;
        while (performance.now() < until);
        return magnitude().score(...args);
      },
    };
    setTimeout(() => ended.abort(new Error("enough")), 1);
    await expect(prune(glyphs, { ...options, importance: slow, signal: ended.signal })).rejects.toThrow(
      "enough",
    );
  });
});

describe("units have names", () => {
  test("that are found again", () => {
    for (const model of [glyphs, modelOf(attention)]) {
      const trace = backend.trace(model);
      const names = trace.families.flatMap(({ units }) => Array.from(units, (unit) => unitText(trace, unit)));
      expect(new Set(names).size).toBe(names.length);
      expect(names.map((name) => unitNamed(trace, name))).toEqual(
        trace.families.flatMap(({ units }) => [...units]),
      );
    }
  });
  test("by layer, part and number; a wrong one meets the nearest", () => {
    const trace = backend.trace(glyphs);
    const unit = unitNamed(trace, "conv1 channel 3");
    const at: number[] = [];
    trace.eachPlace(unit, (member, position) => {
      if (trace.members[member]?.parameter.tensor === "conv1.weight") at.push(position);
    });
    expect(at).toEqual([3]);
    expect(() => unitNamed(trace, "conv1 chanel 3")).toThrow(/Did you mean "conv1 channel 3"/);
  });
});
