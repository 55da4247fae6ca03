import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { atOnce } from "../src/breaths.js";
import { tracingGraph } from "../src/trace/trace.js";
import { judge } from "./reference/law.js";
import { textOf } from "./reference/network.js";
import { build, type Recipe } from "./reference/random-graph.js";
import { planKinds, randomPlan } from "./reference/random-plan.js";
import { sourceOf } from "./reference/reference-graph.js";

/** PRUNE_FUZZ=5000 for a long run, PRUNE_SEED for another one. */
const numRuns = Number(process.env.PRUNE_FUZZ ?? 150);
const seed = Number(process.env.PRUNE_SEED ?? 1);

const step = fc.array(fc.nat(5039), { minLength: 14, maxLength: 14 });
const steps = (minLength: number, maxLength: number) => fc.array(step, { minLength, maxLength, size: "max" });
const inputs = fc.constantFrom([2, 3, 4], [3, 4], [2, 4, 6], [4, 6], [1, 4, 3], [2, 2, 3, 4]);
const outputs = fc.oneof(fc.constant(0), fc.nat(3));
const recipes: fc.Arbitrary<Recipe> = fc.oneof(
  fc.record({
    flavour: fc.constant("all" as const),
    inputs,
    steps: steps(8, 24),
    outputs,
    computes: fc.boolean(),
  }),
  fc.record({
    flavour: fc.constant("movement" as const),
    inputs,
    steps: steps(3, 10),
    outputs,
    computes: fc.boolean(),
  }),
  fc.record({
    flavour: fc.constant("attention" as const),
    inputs,
    steps: steps(2, 7),
    outputs,
    computes: fc.boolean(),
  }),
);

const count: Record<string, number> = { graphs: 0, nodes: 0, plans: 0, repaired: 0, removed: 0 };
const add = (key: string, n = 1): void => {
  count[key] = (count[key] ?? 0) + n;
};

afterAll(() => {
  if (process.env.PRUNE_FUZZ) process.stderr.write(`${JSON.stringify(count)}\n`);
});

test("what is cut computes what is masked, on any network and plan", { timeout: 1e9 }, () => {
  fc.assert(
    fc.property(recipes, fc.nat(), (recipe, planSeed) => {
      const graph = build(recipe);
      const state = atOnce(tracingGraph(sourceOf(graph)));
      add("graphs");
      add("nodes", graph.nodes.length);
      for (const [k, kind] of planKinds.entries()) {
        const verdict = judge(graph, state, randomPlan(state, kind, planSeed + k));
        add("plans");
        add(verdict.kind === "trivial" ? `trivial: ${verdict.text}` : verdict.kind);
        if (verdict.kind !== "trivial" || verdict.repairs > 0) add("proposed");
        if (verdict.repairs > 0) add("repaired");
        add("removed", verdict.removed);
        if (verdict.kind === "fails")
          expect.fail(
            `${kind} ${[...verdict.plan]}: ${verdict.text}\nx [${recipe.inputs}], outputs ${graph.outputs}\n${textOf(graph)}`,
          );
      }
    }),
    { seed, numRuns },
  );
});
