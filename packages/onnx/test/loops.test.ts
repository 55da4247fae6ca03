import { onnx, readModel } from "@prune/onnx";
import { subgraphs } from "@prune/onnx/advanced";
import { describe, expect, it } from "vitest";
import { type Builder, buildModel } from "./exported/builder.js";
import { layerNorm, linear, relu, scalar } from "./exported/kit.js";
import { proveBytes, shortfall } from "./exported/prove-bytes.js";

const [width, state] = [12, 16];

/** linear -> a loop -> linear, over steps x batch x width. */
const sequence = (
  loop: (g: Builder, x: string) => string,
  { out = state, options = {} }: { out?: number; options?: Parameters<typeof buildModel>[1] } = {},
): Uint8Array =>
  buildModel((g) => {
    const x = relu(g, linear(g, g.input("x", [5, 2, 6]), 6, width));
    g.op("MatMul", [loop(g, x), g.weight([out, 3])], {}, "y");
    g.output("y");
  }, options);

const zeros = (g: Builder, dims: readonly number[]): string =>
  g.floats(
    dims,
    dims.reduce((a, b) => [...new Array(b)].flatMap(() => a), [0]),
  );

/** One step of a gated cell, as exporters unroll what they have no operator for. */
function cell(b: Builder, x: string, h: string, from = width): string {
  const gate = b.op("Sigmoid", [b.op("Add", [linear(b, x, from, state), linear(b, h, state, state)])]);
  const next = b.op("Tanh", [b.op("Add", [linear(b, x, from, state), linear(b, h, state, state)])]);
  return b.op("Add", [b.op("Mul", [gate, h]), b.op("Mul", [b.op("Sub", [scalar(b, 1), gate]), next])]);
}

const loopOf = (
  g: Builder,
  turns: number,
  initial: readonly string[],
  outputs: number,
  make: (b: Builder, turn: string, ...carried: string[]) => readonly string[],
  shapes: readonly (readonly (number | string)[] | undefined)[] = [],
): string[] => {
  const body = g.body((b) => {
    const turn = b.input("turn", [], 7);
    b.input("again", [], 9);
    const carried = initial.map((_, i) => {
      const name = `carried_${i}`;
      const shape = shapes[i];
      if (shape) b.input(name, shape);
      else b.graph.input?.push({ name, type: { tensorType: { elemType: 1 } } });
      return name;
    });
    return [b.op("Identity", ["again"]), ...make(b, turn, ...carried)];
  });
  return g.ops("Loop", [g.ints([turns], []), g.flag(true), ...initial], outputs, { body });
};

async function holds(bytes: Uint8Array, most: number): Promise<void> {
  const { outcomes } = await proveBytes(bytes);
  expect(shortfall(outcomes.get("channels"), most)).toBe("");
}

const whys = (bytes: Uint8Array): string[] =>
  onnx()
    .trace(readModel(bytes))
    .frozen()
    .map(({ reason }) => reason);

/** A Loop over steps, each picked by the turn's number, with the states that it makes. */
const recurrent = (shapes: readonly (readonly number[] | undefined)[] = []): Uint8Array =>
  sequence((g, x) => {
    const [, all] = loopOf(
      g,
      5,
      [zeros(g, [2, state])],
      2,
      (b, turn, h) => {
        const next = cell(b, b.op("Gather", [x, turn]), h as string);
        return [next, b.op("Identity", [next])];
      },
      shapes,
    );
    return all as string;
  });

/** A Scan over steps with an axis of its own. */
const scanned = (axis: number, out: number): Uint8Array =>
  sequence((g, x) => {
    const perm = axis === 0 ? [0, 1, 2] : [1, 0, 2];
    const body = g.body((b) => {
      const h = b.input("h", [2, state]);
      const next = cell(b, b.input("step", [2, width]), h);
      return [next, linear(b, next, state, state)];
    });
    const [, all] = g.ops("Scan", [zeros(g, [2, state]), g.op("Transpose", [x], { perm })], 2, {
      body,
      num_scan_inputs: 1,
      scan_input_axes: [axis],
      scan_output_axes: [out],
    }) as [string, string];
    return g.op("Transpose", [all], { perm: out === 0 ? [0, 1, 2] : [1, 0, 2] });
  });

/** A Scan over steps and, beside them, over stored numbers: one row a turn. */
const withStoredRows = (): Uint8Array =>
  sequence((g, x) => {
    const body = g.body((b) => {
      const h = b.input("h", [2, state]);
      const step = linear(b, b.input("step", [2, width]), width, state);
      const next = b.op("Tanh", [b.op("Add", [b.op("Add", [h, step]), b.input("row", [state])])]);
      return [next, b.op("Identity", [next])];
    });
    const [, all] = g.ops("Scan", [zeros(g, [2, state]), x, g.weight([5, state])], 2, {
      body,
      num_scan_inputs: 2,
    });
    return all as string;
  });

/** A Loop whose body gives, beside what it carries, numbers computed of stored ones alone. */
const givingComputed = (): Uint8Array =>
  sequence((g, x) => {
    const [, all, offsets] = loopOf(g, 5, [zeros(g, [2, state])], 3, (b, turn, h) => {
      const next = cell(b, b.op("Gather", [x, turn]), h as string);
      return [next, b.op("Identity", [next]), b.op("Sigmoid", [b.weight([2, state])])];
    });
    return g.op("Add", [all as string, offsets as string]);
  });

describe("a Loop", { timeout: 60_000 }, () => {
  it("loses units of the state that it carries, inside and around", () => holds(recurrent(), 0.4));

  it("keeps what its body gives of stored numbers alone, and loses the rest", async () => {
    await holds(givingComputed(), 0.85);
    expect(whys(givingComputed())).toContain("a loop's body gives a stored tensor");
  });

  it("has shapes in its body that follow", async () => {
    const bytes = recurrent([[2, state]]);
    await holds(bytes, 0.4);
    const backend = onnx();
    const model = readModel(bytes);
    const trace = backend.trace(model);
    const family = trace.families.find(({ units }) => units.length === state);
    const plan = { units: [...(family?.units ?? [])].slice(0, 5), atoms: [] };
    const cut = backend.cut(model, trace, trace.cut(plan));
    const [body] = cut.graph.nodes.flatMap(subgraphs);
    expect(body?.inputs.map(({ shape }) => shape)).toEqual([[], [], [2, state - 5]]);
    expect(backend.cost(model, trace).macs).toBeNull();
  });

  it("cuts weights around it that bodies share, once", async () => {
    const bytes = sequence((g, x) => {
      const [a, b] = [g.weight([width, 24]), g.weight([24, width])];
      const inner = (h: Builder, y: string): string =>
        h.op("MatMul", [h.op("Sigmoid", [h.op("MatMul", [y, a])]), b]);
      const [all] = loopOf(g, 3, [inner(g, x)], 1, (h, _, y) => [
        h.op("Add", [y as string, inner(h, y as string)]),
      ]);
      return g.op("MatMul", [all as string, g.weight([width, state])]);
    });
    await holds(bytes, 0.4);
  });

  it("is cut with an If inside, and inside an If", async () => {
    const inside = sequence((g, x) => {
      const [all] = loopOf(g, 4, [linear(g, x, width, state)], 1, (b, _, y) => [
        b.op("If", [b.op("Greater", [b.op("ReduceMax", [y as string], { keepdims: 0 }), scalar(b, 0.5)])], {
          then_branch: b.body((c) => [c.op("Tanh", [linear(c, y as string, state, state)])]),
          else_branch: b.body((c) => [c.op("Sigmoid", [linear(c, y as string, state, state)])]),
        }),
      ]);
      return all as string;
    });
    await holds(inside, 0.4);
    const around = sequence((g, x) => {
      const start = linear(g, x, width, state);
      return g.op("If", [g.op("Greater", [g.op("ReduceMax", [x], { keepdims: 0 }), scalar(g, 1e9)])], {
        then_branch: g.body((b) => [b.op("Identity", [start])]),
        else_branch: g.body((b) => [
          loopOf(b, 3, [start], 1, (c, _, y) => [
            c.op("Tanh", [linear(c, y as string, state, state)]),
          ])[0] as string,
        ]),
      });
    });
    await holds(around, 0.4);
  });

  it("is cut with a Loop inside, whose body reads what both others make", () =>
    holds(
      sequence((g, x) => {
        const [all] = loopOf(g, 2, [linear(g, x, width, state)], 1, (b, _, y) => {
          const kept = b.op("Sigmoid", [linear(b, y as string, state, 20)]);
          const [z] = loopOf(b, 3, [y as string], 1, (c, __, inner) => [
            c.op("Tanh", [c.op("Add", [inner as string, linear(c, kept, 20, state)])]),
          ]);
          return [z as string];
        });
        return all as string;
      }),
      0.45,
    ));

  it("masks inside its body where statistics run over what leaves", () =>
    holds(
      sequence((g, x) => {
        const [all] = loopOf(g, 3, [linear(g, x, width, state)], 1, (b, _, y) => [
          linear(b, b.op("Sigmoid", [layerNorm(b, linear(b, y as string, state, 24), 24)]), 24, state),
        ]);
        return all as string;
      }),
      0.5,
    ));

  it("unites what turns move about", () => {
    const bytes = sequence((g, x) => {
      const [all] = loopOf(g, 3, [linear(g, x, width, state)], 1, (b, _, y) => {
        const half = (from: number): string =>
          b.op("Slice", [y as string, b.ints([from]), b.ints([from + 8]), b.ints([2])]);
        return [b.op("Tanh", [b.op("Concat", [half(8), half(0)], { axis: 2 })])];
      });
      return all as string;
    });
    const trace = onnx().trace(readModel(bytes));
    // Each half is the other one turn later.
    expect(trace.families.map(({ units }) => units.length)).toContain(8);
    return holds(bytes, 0.6);
  });

  it("keeps what changes its size from turn to turn, and cuts what doesn't", async () => {
    const bytes = sequence((g, x) => {
      const start = g.op("Slice", [linear(g, x, width, state), g.ints([0]), g.ints([1]), g.ints([0])]);
      const [all] = loopOf(g, 4, [start], 1, (b, _, y) => {
        const last = b.op("Slice", [y as string, b.ints([-1]), b.ints([9]), b.ints([0])]);
        return [b.op("Concat", [y as string, b.op("Tanh", [linear(b, last, state, state)])], { axis: 0 })];
      });
      return all as string;
    });
    await holds(bytes, 0.45);
    const wide = sequence(
      (g, x) => {
        const [all] = loopOf(g, 2, [linear(g, x, width, state)], 1, (b, _, y) => [
          b.op("Concat", [y as string, linear(b, x, width, 4)], { axis: 2 }),
        ]);
        return all as string;
      },
      { out: state + 8 },
    );
    expect(whys(wide)).toContain("its size changes from turn to turn");
  });
});

describe("a Scan", { timeout: 60_000 }, () => {
  it.each([
    [0, 0],
    [1, 0],
    [0, 1],
    [1, 1],
  ])("loses units of states and of what it gathers (axes %i and %i)", (axis, out) =>
    holds(scanned(axis, out), 0.45),
  );

  it("over stored numbers takes their columns along", () => holds(withStoredRows(), 0.4));

  it("costs what its turns cost", () => {
    const backend = onnx();
    const model = readModel(scanned(0, 0));
    const once = 2 * (2 * width * state + 2 * state * state + state * state);
    expect(backend.cost(model, backend.trace(model)).macs).toBe(10 * 6 * width + 5 * once + 10 * state * 3);
  });

  it("of opset 8, over batches, stays", () => {
    const bytes = sequence(
      (g, x) => {
        const body = g.body((b) => [b.op("Tanh", [b.input("step", [2, width])])]);
        return g.op("Scan", ["", x], { body, num_scan_inputs: 1 });
      },
      { out: width, options: { opset: 8, ir: 3 } },
    );
    expect(whys(bytes)).toContain("a scan runs at run time");
  });
});
