import { magnitude, random } from "@prune/importance-magnitude";
import type { Model } from "@prune/onnx";
import { type PruneOptions, PrunerError, planFromRecipe, prune, readRecipe } from "@prune/pruner";
import { describe, expect, test } from "vitest";
import { attention, backend, modelOf, perceptron, rigid, sharedBias } from "./models.js";

const l2 = magnitude({ p: 2 });
const options: PruneOptions<Model> = { backend, importance: l2 };

const shapes = ({ graph }: Model): Record<string, readonly number[]> =>
  Object.fromEntries([...graph.initializers.values()].map(({ name, shape }) => [name, shape]));

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof PrunerError) return error.code;
    throw error;
  }
  return undefined;
};

describe("options that only types would refuse", () => {
  const said = async (more: object): Promise<string> =>
    prune(modelOf(perceptron()), { ...options, ...more }).then(
      () => "nothing",
      (error: Error) => error.message,
    );
  test.each<readonly [object, RegExp]>([
    [{ raatio: 0.4 }, /prune has no option `raatio`: did you mean `ratio`\?/],
    [{ importance: "l2" }, /`importance` is a criterion, such as `magnitude\(\)`.*; got l2/],
    [{ backend: "onnx" }, /`backend` is a backend, such as `onnx\(\)`.*; got onnx/],
    [{ schedule: "cubc", steps: 2 }, /`schedule` is one of linear, cubic, one-shot, or a function; got cubc/],
    [{ ratio: "0.5" }, /`ratio` of prune can't be "0.5": it is no text/],
  ])("%j", async (more, why) => {
    expect(await said(more)).toMatch(why);
  });
});

describe("prune", () => {
  test("gives a smaller model and leaves the one given as it was", async () => {
    const model = modelOf(perceptron());
    const before = model.source.slice();
    const { model: small, report } = await prune(model, options);
    expect(shapes(small)).toMatchObject({
      "first.weight": [3, 4],
      "first.bias": [4],
      "second.weight": [4, 3],
      "last.weight": [3, 2],
    });
    expect(model.source).toEqual(before);
    expect(report.before).toMatchObject({ parameters: 24 + 8 + 48 + 12, macs: 24 + 48 + 12 });
    expect(report.after).toMatchObject({ parameters: 12 + 4 + 12 + 6, macs: 12 + 12 + 6 });
    expect(report.removed).toBe(7);
    expect(report.prunable).toBe(1);
    expect(report.groups).toEqual([
      expect.objectContaining({ axis: "first.weight:1", part: "channels", total: 8, kept: 4, why: [] }),
      expect.objectContaining({ axis: "second.weight:1", part: "channels", total: 6, kept: 3, why: [] }),
    ]);
    expect(report.frozen.map(({ axis, why }) => `${axis} ${why}`)).toEqual([
      'first.weight:0 meets fixed positions of "x"',
      'last.weight:1 graph output "y"',
    ]);
  });

  test("gives the same bytes for the same input", async () => {
    const run = async (): Promise<Uint8Array> =>
      (await prune(modelOf(attention), { backend, importance: random({ seed: 4 }), ragged: true })).model
        .source;
    expect(await run()).toEqual(await run());
  });

  test("costs what it said it would", async () => {
    for (const graph of [perceptron(), attention, sharedBias]) {
      const { model, report } = await prune(modelOf(graph), options);
      const { macs, parameters } = backend.cost(model, backend.trace(model));
      expect({ macs, parameters }).toEqual({ macs: report.after.macs, parameters: report.after.parameters });
    }
  });

  test("says why nothing left", async () => {
    const { report, model } = await prune(modelOf(rigid), options);
    expect(report.nothing).toBe(
      "0 units removed because no axis of a parameter is free to shrink; what holds most (50.0 % of the parameters): " +
        'graph output "y"; to free it, leave the output out of the model if nothing reads it',
    );
    expect(shapes(model)).toEqual({ w: [3, 2] });
    const none = await prune(modelOf(perceptron()), { ...options, ratio: 0 });
    expect(none.report.nothing).toBe("0 units removed because the ratio is 0");
  });

  test("names the criterion whose scores can't be compared", async () => {
    const broken = { name: "broken", needs: [], score: async () => Float32Array.of(1, Number.NaN) };
    const work = prune(modelOf(perceptron()), { ...options, importance: broken });
    await expect(work).rejects.toMatchObject({
      code: "score-count",
      detail: { criterion: "broken", units: 8 },
    });
    const nan = { ...broken, score: async () => new Float32Array(8).fill(Number.NaN) };
    await expect(prune(modelOf(perceptron()), { ...options, importance: nan })).rejects.toMatchObject({
      code: "bad-score",
      detail: { criterion: "broken", axis: "first.weight:1", unit: 0 },
    });
  });

  test("puts what `verify` finds into the report", async () => {
    const model = modelOf(perceptron());
    const { report } = await prune(model, {
      ...options,
      verify: async (original, cut) => ({
        same: original === model,
        smaller: cut.source.length < model.source.length,
      }),
    });
    expect(report.law).toEqual({ same: true, smaller: true });
  });
});

describe("a recipe", () => {
  test("lists what every stored tensor loses", async () => {
    const { recipe } = await prune(modelOf(perceptron()), options);
    expect(recipe.format).toBe("prune-recipe/1");
    expect(recipe.options).toEqual({ importance: "magnitude-l2" });
    const [first, bias, second] = recipe.parameters;
    // The weights of unit k are k + 1, so that the first four leave, give or take what reads them.
    expect(first).toMatchObject({
      tensor: "first.weight",
      shape: [3, 8],
      selectors: [{ view: [3, 8], dims: [1] }],
    });
    expect(first!.selectors[0]!.removed).toHaveLength(4);
    expect(bias).toMatchObject({
      tensor: "first.bias",
      selectors: [{ removed: first!.selectors[0]!.removed }],
    });
    expect(second!.selectors.map(({ dims }) => dims)).toEqual([[0], [1]]);
    expect(recipe.uses).toBeUndefined();
  });

  test("replays to the same bytes, on the model and on its twin", async () => {
    for (const graph of [perceptron(), attention, sharedBias]) {
      const model = modelOf(graph);
      const made = await prune(model, { backend, importance: random({ seed: 2 }), heads: 0.5 });
      const recipe = readRecipe(JSON.stringify(made.recipe));
      const trace = backend.trace(model);
      const plan = planFromRecipe(trace, recipe, { sha256: await backend.hash(model), exact: true });
      expect(backend.cut(model, trace, trace.cut(plan)).source).toEqual(made.model.source);
    }
    const { recipe } = await prune(modelOf(perceptron(1)), options);
    const twin = modelOf(perceptron(2));
    const trace = backend.trace(twin);
    expect(shapes(backend.cut(twin, trace, trace.cut(planFromRecipe(trace, recipe))))).toMatchObject({
      "second.weight": [4, 3],
    });
    const sha256 = await backend.hash(twin);
    expect(codeOf(() => planFromRecipe(trace, recipe, { sha256, exact: true }))).toBe("other-model");
  });

  test("of a ragged plan replays too", async () => {
    const model = modelOf(attention);
    const made = await prune(model, { backend, importance: random({ seed: 1 }), ragged: true });
    const trace = backend.trace(model);
    const plan = planFromRecipe(trace, made.recipe);
    expect(backend.cut(model, trace, trace.cut(plan)).source).toEqual(made.model.source);
  });

  test("of a shared constant that is cut apart tells each use, and what all of them lose", async () => {
    const { recipe } = await prune(modelOf(sharedBias), { backend, importance: random({ seed: 3 }) });
    const uses = recipe.uses!.filter(({ tensor }) => tensor === "bias");
    expect(uses.map(({ use }) => use)).toEqual([
      { output: "b", input: 1 },
      { output: "d", input: 1 },
    ]);
    const [a, b] = uses.map(({ selectors }) => selectors[0]!.removed);
    const both = a!.filter((i) => b!.includes(i));
    const stored = recipe.parameters.find(({ tensor }) => tensor === "bias");
    expect(stored?.selectors[0]?.removed ?? []).toEqual(both);
  });

  test("is refused by another model, with the reason", async () => {
    const { recipe } = await prune(modelOf(perceptron()), options);
    const message = (graph: Parameters<typeof modelOf>[0]): string => {
      try {
        planFromRecipe(backend.trace(modelOf(graph)), recipe);
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    expect(message(attention)).toContain('no tensor "first.weight"');
    const wider = perceptron();
    const initializer = wider.initializer!.map((tensor) =>
      tensor.name === "last.weight" ? { ...tensor, dims: [6, 1], rawData: new Uint8Array(24) } : tensor,
    );
    expect(message({ ...wider, initializer, output: [{ name: "y" }] })).toContain(
      '"last.weight" is [6,1] here',
    );
  });

  test("whose removals depend on each other in another way is refused", async () => {
    const { recipe } = await prune(modelOf(perceptron()), options);
    const [first, ...rest] = recipe.parameters;
    const trace = backend.trace(modelOf(perceptron()));
    expect(codeOf(() => planFromRecipe(trace, { ...recipe, parameters: [first!] }))).toBe("recipe-mismatch");
    const frozen = { ...first!, selectors: [{ view: [3, 8], dims: [0], removed: [1] }] };
    expect(codeOf(() => planFromRecipe(trace, { ...recipe, parameters: [frozen, ...rest] }))).toBe(
      "recipe-mismatch",
    );
  });

  test("that isn't one is refused at the place", async () => {
    const { recipe } = await prune(modelOf(perceptron()), options);
    const [first] = recipe.parameters;
    const broken: [unknown, string][] = [
      ["{", "the text"],
      [[], "the recipe"],
      [{ ...recipe, format: "prune-recipe/2" }, "format"],
      [{ ...recipe, source: { backend: "onnx", sha256: "12" } }, "source.sha256"],
      [{ ...recipe, options: 1 }, "options"],
      [{ ...recipe, parameters: {} }, "parameters"],
      [{ ...recipe, parameters: [{ ...first, shape: [3, -8] }] }, "parameters[0].shape"],
      // Which of two entries about one tensor holds nobody could say.
      [{ ...recipe, parameters: [first, first] }, "parameters[1]"],
      [{ ...recipe, uses: [first, { ...first, selectors: [] }] }, "uses[1]"],
      [
        { ...recipe, parameters: [{ ...first, selectors: [{ view: [3, 9], dims: [1], removed: [] }] }] },
        "parameters[0].selectors[0].view",
      ],
      [
        { ...recipe, parameters: [{ ...first, selectors: [{ view: [3, 8], dims: [2], removed: [] }] }] },
        "parameters[0].selectors[0].dims",
      ],
      [
        { ...recipe, parameters: [{ ...first, selectors: [{ view: [3, 8], dims: [1], removed: [8] }] }] },
        "parameters[0].selectors[0].removed",
      ],
    ];
    for (const [value, where] of broken)
      expect(() => readRecipe(value)).toThrow(
        expect.objectContaining({ code: "bad-recipe", detail: expect.objectContaining({ where }) }),
      );
  });
});
