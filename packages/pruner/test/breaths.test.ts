import type { Importance } from "@prune/graph";
import { atOnce, breather, inBreaths, type Steps, stepsBehind, wholeOf } from "@prune/graph/advanced";
import { magnitude } from "@prune/importance-magnitude";
import { onnx } from "@prune/onnx";
import { plan, prune } from "@prune/pruner";
import { describe, expect, test } from "vitest";
import { planByBudget } from "../src/budget/budget.js";
import { scoreFamilies } from "../src/scores.js";
import { modelOf, perceptron } from "./models.js";

describe("steps", () => {
  function* counted(to: number): Steps<number> {
    for (let i = 0; i < to; i++) yield;
    return to;
  }
  test("are done at once, or with a breath between them", async () => {
    let breaths = 0;
    const breathe = async (): Promise<void> => void breaths++;
    expect(atOnce(counted(3))).toBe(3);
    expect(await inBreaths(counted(3), breathe)).toBe(3);
    expect(breaths).toBe(3);
  });
  test("are known behind a function that does them at once, and behind no other", () => {
    const whole = wholeOf(counted);
    expect(whole(2)).toBe(2);
    expect([...(stepsBehind(whole)?.(2) ?? [])]).toHaveLength(2);
    expect(stepsBehind((n: number) => n)).toBeUndefined();
  });
  test("end with the reason of a signal", async () => {
    const gone = new AbortController();
    const breathe = breather(gone.signal);
    await breathe();
    gone.abort(new Error("enough"));
    await expect(breathe()).rejects.toThrow("enough");
  });
});

describe("a pruning breathes", () => {
  const model = modelOf(perceptron());
  const backend = onnx();
  test("between the nodes that are traced", () => {
    const { nodes } = backend.trace(model).source;
    expect([...(stepsBehind(backend.trace)?.(model) ?? [])].length).toBeGreaterThan(nodes.length + 5);
  });
  test("by its own signal, also where another shares its probe", async () => {
    const trace = backend.trace(model);
    const probe = backend.probe(model, trace);
    const gone = new AbortController();
    const counting: Importance = {
      name: "counting",
      needs: ["weights"],
      async score({ units }, { breathe }) {
        gone.abort(new Error("enough"));
        await breathe?.();
        return new Float32Array(units.length);
      },
    };
    const [whole, ended] = await Promise.allSettled([
      scoreFamilies(counting, probe),
      scoreFamilies(counting, probe, undefined, undefined, { signal: gone.signal }),
    ]);
    expect(ended.status).toBe("rejected");
    expect(whole.status).toBe("fulfilled");
  });
  test("between the plans that a budget tries, which a signal ends", async () => {
    const { trace, scores } = await plan(model, { backend, importance: magnitude() });
    let breaths = 0;
    const options = { backend, target: { macs: 0.6 } } as const;
    const found = await planByBudget(model, trace, scores, {
      ...options,
      breathe: async () => {
        breaths++;
      },
    });
    expect(breaths).toBeGreaterThan(3);
    expect(found.budget).toEqual((await planByBudget(model, trace, scores, options)).budget);
    const refused = planByBudget(model, trace, scores, {
      ...options,
      breathe: async () => {
        throw new Error("the signal came");
      },
    });
    await expect(refused).rejects.toThrow("the signal came");
  });
  test("between the plans that a learner of scores tries, which a signal ends", async () => {
    const gone = new AbortController();
    let tried: Promise<unknown> | undefined;
    const planned = plan(model, {
      backend,
      importance: magnitude(),
      target: { macs: 0.6 },
      signal: gone.signal,
      async learn(scores, { suggest }) {
        gone.abort(new Error("the signal came"));
        tried = suggest(scores);
        await tried.catch(() => {});
        return scores;
      },
    });
    await expect(planned).rejects.toThrow("the signal came");
    await expect(tried).rejects.toThrow("the signal came");
  });
  test("while the smaller model is made, which gives the same bytes", async () => {
    const { trace, chosen } = await plan(model, { backend, importance: magnitude() });
    const steps = stepsBehind(backend.cut);
    if (!steps) throw new Error("no steps");
    const running = steps(model, trace, chosen.cut);
    let count = 0;
    for (;;) {
      const { done, value } = running.next();
      if (!done) {
        count++;
        continue;
      }
      expect(value.source).toEqual(backend.cut(model, trace, chosen.cut).source);
      break;
    }
    expect(count).toBeGreaterThan(1);
  });
  test("by a cut of one's own where there is one", async () => {
    let called = 0;
    const own = {
      ...backend,
      cut(...args: Parameters<typeof backend.cut>) {
        called++;
        return backend.cut(...args);
      },
    };
    await prune(model, { backend: own, importance: magnitude() });
    expect(called).toBe(1);
  });
});
