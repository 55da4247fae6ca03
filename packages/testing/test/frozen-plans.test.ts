import { GraphError, type Plan, type Trace } from "@prune/graph";
import { interfaceFaultOf } from "@prune/graph/advanced";
import { type Structure, type Subject, structures } from "@prune/testing";
import { randomNetwork } from "@prune/testing/advanced";
import { beforeAll, describe, expect, it } from "vitest";
import { useBackend } from "../../tfjs/test/use-backend.js";
import { graphSubject, layersSubject, onnxSubject } from "./subjects.js";

beforeAll(() => useBackend("cpu"));

/** The same numbers from 0 up to n for the same seed. */
function below(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % n;
  };
}

/** Some units of all that there are, whether they may leave or not. */
function randomPlan({ units }: Trace, draw: (n: number) => number): Plan {
  const most = 1 + draw(6);
  const chosen = Array.from({ length: most }, () => draw(units.count));
  return { units: [...new Set(chosen)].sort((a, b) => a - b), atoms: [] };
}

const isFrozen = ({ units }: Trace, plan: Plan): boolean => plan.units.some((unit) => units.pins[unit] !== 0);

const causeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

/** Tries plans; returns how many named a unit that must stay. */
function tried<Model, Value>(
  { backend, net: open }: Subject<Model, Value>,
  { build }: Pick<Structure, "build">,
) {
  const net = open();
  const model = net.model(build(net));
  const trace = backend.trace(model);
  let frozen = 0;
  for (let seed = 0; seed < 40; seed++) {
    const plan = randomPlan(trace, below(seed * 7919 + 1));
    const cut = trace.cut(plan);
    const kinds = cut.findings.map(({ kind }) => kind);
    expect(kinds.includes("frozen")).toBe(isFrozen(trace, plan));
    if (kinds.includes("frozen")) frozen++;
    const cause = causeOf(() => {
      const smaller = backend.trace(backend.cut(model, trace, cut));
      expect(interfaceFaultOf(trace, smaller)).toBeUndefined();
    });
    if (kinds.length > 0) {
      expect(cause).toBeInstanceOf(GraphError);
      expect(cause).toMatchObject({ code: "broken-plan" });
    } else if (cause !== undefined) expect(cause).toHaveProperty("code");
  }
  return frozen;
}

const seeds = [1, 2, 3, 4, 5, 6];

describe("a plan with a unit that must stay is refused, and any other leaves inputs and outputs as they are", () => {
  it.each(seeds)(
    "random network %i",
    (seed) => {
      const build = randomNetwork(seed, { channelwise: false });
      expect(tried(onnxSubject, { build })).toBeGreaterThan(0);
      expect(tried(graphSubject, { build })).toBeGreaterThan(0);
      expect(tried(layersSubject, { build })).toBeGreaterThan(0);
    },
    120_000,
  );

  it("attention heads", () => {
    expect(tried(onnxSubject, structures["attention heads"])).toBeGreaterThan(0);
    expect(tried(graphSubject, structures["attention heads"])).toBeGreaterThan(0);
  }, 60_000);
});
