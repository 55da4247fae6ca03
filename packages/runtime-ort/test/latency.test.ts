import { readFileSync } from "node:fs";
import type { Cut, Trace } from "@prune/graph";
import { onnx, readModel } from "@prune/onnx";
import { RuntimeError } from "@prune/runtime-ort";
import {
  type CutStopwatch,
  checkLatencyTable,
  type LatencyKey,
  type LatencyTable,
  latencyPredictor,
  measureTable,
  readLatencyTable,
  type Sample,
  stopwatch,
} from "@prune/runtime-ort/advanced";
import { describe, expect, test, vi } from "vitest";
import { attribute } from "../src/latency/attribute.js";
import { findSteps } from "../src/latency/find-steps.js";
import { fitOperator } from "../src/latency/operator-fit.js";
import { kernelsOf } from "../src/latency/profile.js";
import type { OperatorTimes } from "../src/latency/table.js";
import { measurePair, paceOf } from "../src/measure.js";
import type { Session } from "../src/session.js";

const backend = onnx();
const glyphs = readModel(readFileSync(new URL("../../../apps/cli/sample/glyphs.onnx", import.meta.url)));
const trace = backend.trace(glyphs);
const { nodes } = trace.source;

/** Numbers in [0, 1), the same in every run. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Cuts at random widths, the whole model first. */
function cutsOf(count: number, seed: number): Cut[] {
  const draw = draws(seed);
  return Array.from({ length: count }, (_, i) => {
    const units = trace.families.flatMap((family) => {
      const kept = Math.ceil(family.units.length * (i === 0 ? 1 : 0.2 + 0.8 * draw()));
      return [...family.units.slice(kept)];
    });
    return trace.cut({ units, atoms: [] });
  });
}

const up = (size: number, block: number): number => Math.ceil(size / block) * block;

/** A runtime that works in blocks of 16 outputs, and is slower where inputs are no multiple of 4. */
const convTime = (inputs: number, outputs: number): number =>
  inputs % 4 === 0
    ? 0.02 + 1e-4 * up(inputs, 16) * up(outputs, 16)
    : 0.02 + 1.5e-4 * inputs * up(outputs, 16);

const widthOf = (cut: Cut, tensor: string, dim: number): number => Number(cut.shape(tensor)[dim]);

function sampleOf(cut: Cut): Sample {
  const times = new Map(
    nodes.map(({ op, inputs }, at) => {
      const [x = "", w = ""] = inputs;
      if (op === "Conv") return [at, convTime(widthOf(cut, x, 1), widthOf(cut, w, 0))] as const;
      return [at, op === "Relu" ? 0.001 * widthOf(cut, x, 1) : 0] as const;
    }),
  );
  const sum = [...times.values()].reduce((a, b) => a + b, 0);
  return { nodes: times, whole: 0.3 + 0.95 * sum };
}

const key: LatencyKey = { model: "a", machine: "b", runtime: "c", threads: 1, inputs: { x: [1, 1, 28, 28] } };
const fake: Pick<CutStopwatch, "key" | "sample"> = { key, sample: async (cut) => sampleOf(cut) };
const fakeTable = (options = {}): Promise<LatencyTable> =>
  measureTable(glyphs, trace, cutsOf(40, 1), fake, { samples: 40, ...options });

const operatorOf = (points: (readonly number[])[]): OperatorTimes => ({
  op: "Conv",
  nodes: [0],
  axes: ["input 0:1", "input 1:0"],
  whole: [128, 128],
  points,
});

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
  } catch (error) {
    if (error instanceof RuntimeError) return error.code;
    throw error;
  }
  return undefined;
};

describe("an operator's table", () => {
  const draw = draws(3);
  const widths = Array.from({ length: 60 }, (_, i) =>
    [0, 1].map(() => Math.min(128, up(8 + 120 * draw(), [16, 4, 8, 1][i % 4] as number))),
  ) as [number, number][];
  const table = operatorOf(widths.map(([i, o], k) => [k, i, o, convTime(i, o)]));

  test("shows in what steps the runtime works", () => {
    const steps = findSteps({ operators: [table] });
    expect([...steps.values()]).toEqual([
      [
        { block: 16, needs: 4 },
        { block: 16, needs: 1 },
      ],
    ]);
  });

  test("is interpolated between its widths, on and off the steps", () => {
    const [steps = []] = findSteps({ operators: [table] }).values();
    const fit = fitOperator(table, steps);
    for (const [i, o] of [
      [96, 96],
      [97, 96],
      [100, 50],
      [61, 77],
      [128, 128],
    ] as const)
      expect(fit([i, o]) / convTime(i, o)).toBeCloseTo(1, 1);
    expect(fit([97, 96])).toBeGreaterThan(fit([112, 96]));
  });

  test("is not thrown off by a point that something disturbed", () => {
    const [steps = []] = findSteps({ operators: [table] }).values();
    const disturbed = operatorOf(table.points.map((p, k) => (k === 7 ? [...p.slice(0, 3), 9] : p)));
    expect(fitOperator(disturbed, steps)([96, 96]) / convTime(96, 96)).toBeCloseTo(1, 1);
  });
});

describe("a predictor", () => {
  test("tells the times of cuts that were not measured, with what a run costs besides", async () => {
    const { predict, error, multiples } = latencyPredictor(await fakeTable());
    const errors = cutsOf(20, 2).map((cut) => Math.abs(predict(cut, trace) / sampleOf(cut).whole - 1));
    expect(errors.sort((a, b) => a - b)[10]).toBeLessThan(0.03);
    expect(error).toBeLessThan(0.05);
    expect(multiples).toContain(16);
    expect(multiples[0]).toBe(1);
  });

  test("is the same after its table was written and read", async () => {
    const table = await fakeTable();
    const read = readLatencyTable(JSON.stringify(table));
    expect(read).toEqual(table);
    const [, cut] = cutsOf(2, 5) as [Cut, Cut];
    expect(latencyPredictor(read).predict(cut, trace)).toBe(latencyPredictor(table).predict(cut, trace));
  });
});

describe("a table", () => {
  test("holds every operator that takes time, alike ones together, and says how far it is", async () => {
    const done: number[] = [];
    const { operators, runs } = await fakeTable({ onProgress: (n: number) => done.push(n) });
    expect(runs).toHaveLength(40);
    expect(done).toEqual([...Array(40).keys()]);
    const convs = operators.filter(({ op }) => op === "Conv");
    expect(convs.flatMap((table) => table.nodes).sort((a, b) => a - b)).toEqual(
      [...nodes.keys()].filter((at) => nodes[at]?.op === "Conv"),
    );
    expect(convs.some((table) => table.nodes.length > 1)).toBe(true);
    for (const { axes, whole, points } of operators) {
      expect(whole).toHaveLength(axes.length);
      for (const point of points) expect(point).toHaveLength(axes.length + 2);
    }
  });

  test("ends when time is up, and is thrown away when aborted", async () => {
    expect((await fakeTable({ seconds: 0 })).runs).toHaveLength(8);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(fakeTable({ signal })).rejects.toThrow("enough");
  });

  test("is refused where it can't be read, and where it was measured elsewhere", async () => {
    const table = await fakeTable();
    const [operator] = table.operators;
    for (const wrong of [
      "no json",
      "[]",
      JSON.stringify({ ...table, format: "prune-latency/0" }),
      JSON.stringify({ ...table, threads: 0 }),
      JSON.stringify({ ...table, runs: [] }),
      JSON.stringify({ ...table, operators: [{ ...operator, axes: ["input"] }] }),
      JSON.stringify({ ...table, operators: [{ ...operator, points: [[0]] }] }),
    ])
      expect(codeOf(() => readLatencyTable(wrong))).toBe("bad-table");
    expect(codeOf(() => checkLatencyTable(table, key))).toBeUndefined();
    for (const other of [{ model: "z" }, { threads: 2 }, { inputs: { x: [2, 1, 28, 28] } }])
      expect(codeOf(() => checkLatencyTable(table, { ...key, ...other }))).toBe("other-table");
  });
});

describe("the profile of a run", () => {
  test("tells kernels under the nodes they do the work of", () => {
    const node = (name: string, op: string, inputs: string[], output: string) => ({
      name,
      op,
      inputs,
      outputs: [output],
    });
    const graph = [
      node("conv_a", "Conv", ["x"], "a"),
      node("", "BatchNormalization", ["a"], "b"),
      node("", "Relu", ["b"], "c"),
      node("", "MatMul", ["c", "w"], "d"),
      node("norm", "LayerNormalization", ["d"], "e"),
    ];
    const kernels = [
      { name: "c_nchwc", op: "Conv" },
      { name: "ReorderOutput", op: "ReorderOutput" },
      { name: "gemm_input_reshape", op: "Reshape" },
      { name: "MatMul_3", op: "Gemm" },
      { name: "norm/Fusion", op: "LayerNormalization" },
    ];
    expect(attribute(kernels, graph)).toEqual([0, 0, 0, 3, 4]);
  });

  test("counts what runs inside another operator once", () => {
    const event = (name: string, ts: number, dur: number, index: number) => ({
      cat: "Node",
      name: `${name}_kernel_time`,
      ts,
      dur,
      args: { op_name: name, node_index: String(index) },
    });
    const once = (from: number) => [
      event("Add", from + 10, 5, 0),
      event("Loop", from, 100, 4),
      event("Relu", from + 100, 20, 5),
    ];
    expect(kernelsOf([...once(0), ...once(1000)])).toEqual([
      { name: "Loop", op: "Loop", ms: [0.1, 0.1] },
      { name: "Relu", op: "Relu", ms: [0.02, 0.02] },
    ]);
  });
});

test("a pace is the median ratio of pairs, and knows how sure it is", () => {
  const before = Array.from({ length: 100 }, (_, i) => 10 + (i % 10));
  const steady = paceOf(
    before,
    before.map((ms) => ms * 0.8),
  );
  expect(steady.ratio).toBeCloseTo(0.8, 12);
  expect(steady.noise).toBeLessThan(1e-12);
  const wild = paceOf(
    before,
    before.map((ms, i) => ms * (0.6 + 0.04 * (i % 11))),
  );
  expect(wild.ratio).toBeCloseTo(0.8, 1);
  expect(wild.noise).toBeGreaterThan(0.02);
});

test("models that are slow are timed by three pairs of runs, others by ten at least", async () => {
  let now = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => now);
  const runsOf = async (ms: number): Promise<number> => {
    let runs = 0;
    const session = {
      inputNames: [],
      async run() {
        runs++;
        now += ms;
        return {};
      },
    } as unknown as Session;
    await measurePair([session, session], {}, { seconds: 1 });
    return runs;
  };
  try {
    expect(await runsOf(20_000)).toBe(2 * (1 + 3));
    expect(await runsOf(1_000)).toBe(2 * (1 + 5));
    expect(await runsOf(200)).toBe(2 * (1 + 2 + 10));
  } finally {
    clock.mockRestore();
  }
});

test("a real table has a time for every run and convolution of every cut model", async () => {
  const watch = await stopwatch(glyphs, backend);
  try {
    const cuts = cutsOf(8, 7);
    const table = await measureTable(glyphs, trace, cuts, watch, { seconds: 2, samples: 8 });
    expect(table.runs).toHaveLength(8);
    expect(table.runs.every((ms) => ms > 0)).toBe(true);
    expect(table).toMatchObject({ format: "prune-latency/1", threads: 1, model: await backend.hash(glyphs) });
    for (const { op, points } of table.operators)
      if (op === "Conv") expect(points.every((point) => (point.at(-1) as number) > 0)).toBe(true);
    const { predict } = latencyPredictor(readLatencyTable(JSON.stringify(table)));
    expect(predict(cuts[0] as Cut, trace as Trace)).toBeGreaterThan(0);
    const pace = await watch.against(cuts[1] as Cut, trace, { seconds: 0 });
    expect(pace.before.runs).toBe(10);
    expect(pace.ratio).toBeGreaterThan(0);
  } finally {
    await watch.close();
  }
}, 60_000);
