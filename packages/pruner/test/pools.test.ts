import { magnitude } from "@prune/importance-magnitude";
import { openModel } from "@prune/onnx/node";
import { planByRatio, type RatioOptions, scoreFamilies } from "@prune/pruner/advanced";
import { expect, test } from "vitest";
import { backend } from "./models.js";

const model = openModel(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url).pathname);
const trace = backend.trace(model);
const scores = await scoreFamilies(magnitude({ p: 2 }), backend.probe(model, trace));
const removed = (options: RatioOptions): number[] =>
  planByRatio(trace, scores, options).choices.map((choice) => choice.removed.length);
const sizes = trace.families.map(({ units }) => units.length);
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);

test("isomorphic ranks layers together that are built alike", () => {
  const alike = removed({ isomorphic: true, ratio: 0.3 });
  const global = removed({ global: true, ratio: 0.3 });
  const local = removed({ ratio: 0.3 });
  expect(alike).not.toEqual(local);
  expect(alike).not.toEqual(global);
  // The inner widths of the residual blocks are alike, the trunks between them are not.
  const key = (f: number): string => String(trace.families[f]!.members.length);
  for (const kind of new Set(sizes.map((_, f) => key(f)))) {
    const same = sizes.map((_, f) => f).filter((f) => key(f) === kind);
    const total = sum(same.map((f) => sizes[f]!));
    expect(sum(same.map((f) => alike[f]!))).toBe(Math.floor(total * 0.3 + 1e-9));
  }
});

test("a scope shares a ratio and is ranked within itself", () => {
  const scopes = { early: { layers: ["conv1", "layers.0*"], ratio: 0.5 } };
  const scoped = removed({ ratio: 0.25, scopes });
  const local = removed({ ratio: 0.25 });
  const inside = scoped.map((_, f) => f).filter((f) => scoped[f] !== local[f]);
  expect(inside.length).toBeGreaterThan(1);
  expect(sum(inside.map((f) => scoped[f]!))).toBe(sum(inside.map((f) => sizes[f]!)) / 2);
  expect(() => removed({ scopes: { bad: { layers: ["*"], ratio: 1 } } })).toThrow(/scopes\["bad"\]\.ratio/);
});
