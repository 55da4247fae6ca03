import type { Trace } from "@prune/graph";
import { axisText, rootOf } from "@prune/graph/advanced";
import { PrunerError } from "@prune/pruner";
import {
  type Chosen,
  type PrunerErrorCode,
  partsOf,
  planByRatio,
  prunableElements,
  prunableOf,
  type RatioOptions,
  storedNumbers,
} from "@prune/pruner/advanced";
import { describe, expect, test } from "vitest";
import { attention, backend, binned, modelOf, perceptron, tokened } from "./models.js";

/** Scores that rise with the unit's place in its family, times the family's place among all. */
const rising = (trace: Trace): Map<number, Float32Array> =>
  new Map(
    trace.families.map(({ id, units }) => [id, Float32Array.from(units, (_, i) => (i + 1) * (id + 1))]),
  );

/** Kept counts by root axis. */
const kept = (trace: Trace, { choices }: Chosen): Record<string, number> =>
  Object.fromEntries(
    choices.map(({ family, removed }) => [
      axisText(rootOf(trace, family)),
      family.units.length - removed.length,
    ]),
  );

const mlp = backend.trace(modelOf(perceptron()));
const heads = backend.trace(modelOf(attention));
const plan = (options: RatioOptions, trace = mlp): Chosen => planByRatio(trace, rising(trace), options);
const count = (options: RatioOptions, trace = mlp): Record<string, number> =>
  kept(trace, plan(options, trace));

function codeOf(work: () => unknown): PrunerErrorCode | undefined {
  try {
    work();
  } catch (error) {
    if (error instanceof PrunerError) return error.code;
    throw error;
  }
  return undefined;
}

describe("a ratio", () => {
  test("rounds down, for every axis", () => {
    expect(count({ ratio: 0.5 })).toEqual({ "first.weight:1": 4, "second.weight:1": 3 });
    expect(count({ ratio: 0.49 })).toEqual({ "first.weight:1": 5, "second.weight:1": 4 });
    expect(count({ ratio: 0.3 })).toEqual({ "first.weight:1": 6, "second.weight:1": 5 });
  });

  test("never takes all", () => {
    expect(count({ ratio: 0.999 })).toEqual({ "first.weight:1": 1, "second.weight:1": 1 });
  });

  test("takes the lowest, and the first of equals", () => {
    const [first] = mlp.families;
    const scores = new Map([[0, Float32Array.of(3, 1, 2, 1, 5, 5, 5, 5)]]);
    const { choices } = planByRatio(mlp, scores, { ratio: 0.3 });
    expect(choices[0]!.removed).toEqual([first!.units[1], first!.units[3]]);
  });

  test("that leaves nothing to remove says so", () => {
    const { choices } = plan({ ratio: 0.1 });
    expect(choices.map(({ why }) => why)).toEqual([
      ["0.1 of 8 units is less than one that can leave"],
      ["0.1 of 6 units is less than one that can leave"],
    ]);
  });

  test.each([-0.1, 1, 2, Number.NaN, "0.5" as unknown as number])("of %s is refused", (ratio) => {
    expect(codeOf(() => plan({ ratio }))).toBe("bad-option");
  });
});

describe("per layer", () => {
  test("a pattern has a ratio of its own", () => {
    expect(count({ layerRatios: { "second*": 0 } })).toEqual({ "first.weight:1": 4, "second.weight:1": 6 });
    expect(count({ layerRatios: { second: 0.8, "*": 0.25 } })).toEqual({
      "first.weight:1": 6,
      "second.weight:1": 2,
    });
  });

  test("an ignored layer keeps its outputs, not its inputs", () => {
    const chosen = plan({ ignore: ["second"] });
    expect(kept(mlp, chosen)).toEqual({ "first.weight:1": 4, "second.weight:1": 6 });
    expect(chosen.choices[1]!.why).toEqual(['ignored by "second"']);
  });

  test("no axis loses more than the largest ratio", () => {
    expect(count({ ratio: 0.9, maxRatio: 0.5 })).toEqual({ "first.weight:1": 4, "second.weight:1": 3 });
    expect(codeOf(() => plan({ maxRatio: 1.5 }))).toBe("bad-option");
  });

  test("kept counts are rounded up to a multiple", () => {
    expect(count({ ratio: 0.6, roundTo: 4 })).toEqual({ "first.weight:1": 4, "second.weight:1": 4 });
    expect(count({ ratio: 0.5, roundTo: 16 })).toEqual({ "first.weight:1": 8, "second.weight:1": 6 });
    expect(codeOf(() => plan({ roundTo: 0 }))).toBe("bad-option");
  });
});

describe("a global ranking", () => {
  test("takes the lowest of all axes together", () => {
    // Scores 1-8 and 2, 4, .., 12: the lowest seven are 1, 2, 2, 3, 4, 4, 5.
    expect(count({ global: true })).toEqual({ "first.weight:1": 3, "second.weight:1": 4 });
  });

  test("leaves a unit in every axis, and no less than the largest ratio allows", () => {
    expect(count({ global: true, ratio: 0.85 })).toEqual({ "first.weight:1": 1, "second.weight:1": 2 });
    expect(count({ global: true, maxRatio: 0.5 })).toEqual({ "first.weight:1": 4, "second.weight:1": 3 });
  });
});

describe("heads", () => {
  const byPart = (options: RatioOptions, trace = heads): Record<string, string[]> => {
    const parts: Record<string, string[]> = {};
    for (const { family, asked, removed } of plan(options, trace).choices) {
      const list = parts[asked.part] ?? [];
      parts[asked.part] = [...list, `${family.units.length - removed.length}/${family.units.length}`];
    }
    return parts;
  };

  test("are told apart from the dims inside them", () => {
    expect([...partsOf(heads)].sort()).toEqual(["columns", "columns", "rows"]);
  });

  test("leave only when asked, dims inside them as everything else", () => {
    expect(byPart({})).toEqual({ rows: ["4/4"], columns: ["2/4", "2/4"] });
    expect(byPart({ heads: 0.5 })).toEqual({ rows: ["2/4"], columns: ["2/4", "2/4"] });
    expect(byPart({ heads: 0.75, headDims: 0 })).toEqual({ rows: ["1/4"], columns: ["4/4", "4/4"] });
  });

  test("leave by a ratio of their own where the layer's name fits, also where no others do", () => {
    expect(byPart({ headRatios: { v: 0.25, "*": 0.5 } }).rows).toEqual(["3/4"]);
    expect(byPart({ heads: 0.5, headRatios: { none: 0.25 } }).rows).toEqual(["2/4"]);
    expect(byPart({ headRatios: { "*": 0.5 }, layerRatios: { "*": 0 } })).toEqual({
      rows: ["2/4"],
      columns: ["4/4", "4/4"],
    });
    expect(() => byPart({ headRatios: { v: 1 } })).toThrow('headRatios["v"]');
  });

  test("lose different dims each, as many of them, when rows may be ragged", () => {
    const ragged = heads.ragged();
    const scores = new Map(
      ragged.families.map(({ id, units }) => [id, Float32Array.from(units, (_, i) => Math.sin(i * i + id))]),
    );
    const chosen = planByRatio(ragged, scores, { ragged: true });
    expect(chosen.cut.findings).toEqual([]);
    expect(backend.cost(modelOf(attention), heads, chosen.cut)).toEqual(
      backend.cost(modelOf(attention), heads, plan({}, heads).cut),
    );
    // Head by head, the positions of v that are left differ.
    const v = heads.parameters.find(({ tensor }) => tensor === "v")!;
    const ids = v.selectors.find(({ dims }) => String(dims) === "1")!.ids;
    const left = [0, 1, 2, 3].map((h) => [0, 1, 2, 3].filter((d) => chosen.cut.lives(ids[h * 4 + d]!)));
    expect(left.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
    expect(new Set(left.map(String)).size).toBeGreaterThan(1);
    expect(chosen.plan.units).toEqual([]);
  });
});

test("units that a cut can't do without come back, best first, with the reason", () => {
  // Every unit of a family is asked for by hand-made findings: one axis must not be empty.
  const [first] = mlp.families;
  const strict: Trace = {
    ...mlp,
    cut(wanted) {
      const cut = mlp.cut(wanted);
      if (wanted.units.filter((u) => first!.units.includes(u)).length <= 2) return cut;
      const ids = Int32Array.from([...first!.units].flatMap((u) => [mlp.units.atoms[mlp.units.start[u]!]!]));
      return { ...cut, findings: [{ kind: "irregular", text: "at most two", tensor: "c", ids }] };
    },
  };
  const chosen = planByRatio(strict, rising(mlp), { ratio: 0.5 });
  expect(chosen.choices[0]!.removed).toEqual([first!.units[0], first!.units[1]]);
  expect(chosen.choices[0]!.why).toEqual(["at most two"]);
  expect(chosen.choices[1]!.removed).toHaveLength(3);
});

describe("stored numbers that no layer makes or reads", () => {
  test("stay, boundaries of bins and learned tokens under a mean, with the reason", () => {
    const bins = backend.trace(modelOf(binned));
    expect(count({}, bins)).toEqual({ "w1:1": 8, "boundaries:0": 7, "table:1": 6 });
    const { asked } = plan({}, bins).choices.find(({ asked: { part } }) => part === "numbers") ?? {};
    expect(asked?.why).toContain("no layer makes or reads");
    const tokens = backend.trace(modelOf(tokened));
    expect(count({ global: true }, tokens)["tokens:1"]).toBe(4);
    expect(prunableElements(bins)).toMatchObject({ total: 219, prunable: 212 });
    expect(prunableOf(modelOf(binned), backend, bins)).toEqual({ parameters: 212, share: 212 / 219 });
    expect(storedNumbers(bins)).toMatchObject([{ tensor: "boundaries", dims: [0], positions: 7 }]);
  });

  test("leave when asked by name", () => {
    const bins = backend.trace(modelOf(binned));
    expect(count({ layerRatios: { boundaries: 0.5 } }, bins)["boundaries:0"]).toBe(4);
  });
});

test("rows come back before what lies inside them, where rows would keep different numbers", () => {
  const parts = partsOf(heads);
  const [rows] = heads.families.filter((_, f) => parts[f] === "rows");
  const [columns] = heads.families.filter((_, f) => parts[f] === "columns");
  const atomsOf = (units: Int32Array): number[] =>
    [...units].map((u) => heads.units.atoms[heads.units.start[u]!]!);
  const ids = Int32Array.from([...atomsOf(rows!.units), ...atomsOf(columns!.units)]);
  const strict: Trace = {
    ...heads,
    cut(wanted) {
      const cut = heads.cut(wanted);
      if (!wanted.units.some((u) => rows!.units.includes(u))) return cut;
      return { ...cut, findings: [{ kind: "irregular", text: "no row may go", tensor: "q", ids }] };
    },
  };
  const chosen = planByRatio(strict, rising(heads), { ratio: 0.5, heads: 0.5, headDims: 0.5 });
  expect(chosen.choices[rows!.id]).toMatchObject({ removed: [], why: ["no row may go"] });
  expect(chosen.choices[columns!.id]).toMatchObject({ why: [] });
  expect(chosen.choices[columns!.id]!.removed.length).toBeGreaterThan(0);
});
