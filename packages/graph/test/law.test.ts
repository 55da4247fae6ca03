import { traceGraph } from "@prune/graph";
import { expect, test } from "vitest";
import { judge, type Verdict } from "./reference/law.js";
import { build, randoms, type Recipe } from "./reference/random-graph.js";
import { type PlanKind, randomPlan } from "./reference/random-plan.js";
import { sourceOf } from "./reference/reference-graph.js";

const graphs = Number(process.env.PRUNE_FUZZ ?? 200);
const first = Number(process.env.PRUNE_SEED ?? 1);
const kinds: readonly PlanKind[] = ["one", "few", "half", "most", "rows", "columns", "ragged", "ragged"];

function randomRecipe(seed: number): Recipe {
  const next = randoms(seed);
  const below = (n: number): number => Math.floor(((next() + 1) / 2) * n);
  const inputs = [[2, 3, 4], [3, 4], [2, 4, 6], [4, 6], [1, 4, 3], [2, 2, 3, 4]][below(6)] as number[];
  const flavour = (["all", "movement", "movement", "attention"] as const)[below(4)] as Recipe["flavour"];
  const length = flavour === "all" ? 8 + below(17) : flavour === "movement" ? 3 + below(8) : 2 + below(6);
  const steps = Array.from({ length }, () => Array.from({ length: 14 }, () => below(5040)));
  return { inputs, steps, outputs: below(2) * below(4), computes: below(2) === 1, flavour };
}

interface Failure {
  seed: number;
  recipe: Recipe;
  kind: PlanKind;
  planSeed: number;
  text: string;
}

function attempt(recipe: Recipe, kind: PlanKind, planSeed: number): Verdict | string {
  let graph: ReturnType<typeof build>;
  graph = build(recipe);
  try {
    const state = traceGraph(sourceOf(graph));
    return judge(graph, state, randomPlan(state, kind, planSeed));
  } catch (error) {
    return `threw ${(error as Error).stack?.split("\n").slice(0, 3).join(" | ")}`;
  }
}

const bad = (v: Verdict | string): string | undefined => (typeof v === "string" ? v : v.kind === "fails" ? v.text : undefined);

/** Drops steps, then tries more plans on what is left. */
function shrink(f: Failure): Failure {
  let best = f;
  for (let again = true; again; ) {
    again = false;
    for (let i = best.recipe.steps.length - 1; i >= 0; i--) {
      const recipe = { ...best.recipe, steps: best.recipe.steps.filter((_, k) => k !== i) };
      for (let s = 0; s < 60; s++) {
        const kind = kinds[s % kinds.length] as PlanKind;
        let text: string | undefined;
        try {
          text = bad(attempt(recipe, kind, s));
        } catch {
          break;
        }
        if (text) {
          best = { ...f, recipe, kind, planSeed: s, text };
          again = true;
          break;
        }
      }
    }
  }
  return best;
}

test("cut = mask on random graphs and plans", { timeout: 1e9 }, () => {
  const count: Record<string, number> = { holds: 0, trivial: 0, illegal: 0, fails: 0, skipped: 0, threw: 0, repaired: 0, plans: 0 };
  const failures: Failure[] = [];
  const repairs: number[] = [];
  let atoms = 0;
  for (let seed = first; seed < first + graphs; seed++) {
    const recipe = randomRecipe(seed);
    kinds.forEach((kind, k) => {
      const v = attempt(recipe, kind, seed * 7 + k);
      count.plans!++;
      if (typeof v === "string") count.threw!++;
      else {
        count[v.kind]!++;
        if (v.kind === "trivial") count[v.text || "unchanged"] = (count[v.text || "unchanged"] ?? 0) + 1;
        const by = (count[`${kind} repaired`] ??= 0);
        if (v.repairs > 0) count[`${kind} repaired`] = by + 1;
        atoms += v.removed;
        if (v.repairs > 0) count.repaired!++;
        repairs.push(v.repairs);
      }
      const text = bad(v);
      if (text) failures.push({ seed, recipe, kind, planSeed: seed * 7 + k, text });
    });
    if (failures.length > 40) break;
  }
  console.log(JSON.stringify({ graphs, ...count }), "max repairs", Math.max(0, ...repairs), "atoms", atoms);
  const seen = new Set<string>();
  for (const f of failures) {
    const key = f.text.replace(/\d+/g, "#").slice(0, 60);
    if (seen.has(key) || seen.size >= 6) continue;
    seen.add(key);
    const s = process.env.PRUNE_SHRINK === "0" ? f : shrink(f);
    const g = build(s.recipe);
    console.log(`seed ${f.seed}: ${f.text}\n  shrunk: ${s.text} kind ${s.kind} ${s.planSeed} computes ${s.recipe.computes} inputs ${s.recipe.inputs} outputs ${g.outputs}\n` + g.nodes.map((n) => `    ${n.outputs} = ${n.op}(${n.inputs.map((i) => `${i}${g.parameters.get(i) ? `[${g.parameters.get(i)!.shape}]` : ""}`)}) ${JSON.stringify(n.attributes)}`).join("\n"));
  }
  expect(failures.length).toBe(0);
});
