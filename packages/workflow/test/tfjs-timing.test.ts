import "@tensorflow/tfjs-backend-cpu";
import { gzipSync } from "node:zlib";
import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import { tfjs } from "@prune/tfjs";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { describe, expect, it } from "vitest";
import { buildGraph } from "../../tfjs/test/build-graph.js";
import { openJob } from "../src/progress.js";
import { newModel } from "../src/tfjs/open-tfjs.js";
import { timing } from "../src/tfjs/timing.js";

const model = buildGraph((b) => {
  const hidden = b.node("Relu", [b.node("MatMul", [b.input("x", [1, 64]), b.weight("w1", [64, 256])])]);
  return [b.node("MatMul", [hidden, b.weight("w2", [256, 8])])];
});
const backend = tfjs();
const trace = backend.trace(model);
const steps: string[] = [];
const clock = timing(
  {
    model,
    trace,
    backend,
    runtime: { loadGraphModel, backends: ["cpu"] },
    sizes: {},
    filesOf: (smaller) => newModel("smaller", smaller),
  },
  openJob({ onProgress: ({ step }) => steps.push(step) }),
);

describe("what a TensorFlow.js model's budgets are measured with", { timeout: 60_000 }, () => {
  it("is gzip of every file, and milliseconds of whole models at the pace of the original", async () => {
    const { chosen } = await plan(model, { backend, trace, importance: magnitude(), ratio: 0.75 });
    const { measure } = await clock.budget({ gzip: "50%" }, trace);
    const { weights, model: json } = await newModel("smaller", backend.cut(model, trace, chosen.cut));
    const zipped = [...weights, json].map((file) => gzipSync(Buffer.concat([...file.chunks()])).length);
    const size = await measure?.gzip?.(chosen.cut, trace);
    expect(size).toBeCloseTo(
      zipped.reduce((a, b) => a + b, 0),
      -2,
    );
    const nothing = trace.cut({ units: [], atoms: [] });
    expect(await measure?.latency?.(nothing, trace)).toMatchObject({ noise: 0 });
    const found = await measure?.latency?.(chosen.cut, trace);
    expect(found).toMatchObject({ value: expect.any(Number), noise: expect.any(Number) });
    const report = await clock.against(chosen.cut, trace);
    expect(report).toMatchObject({ threads: 1, inputs: { x: [1, 64] } });
    expect(report?.after.median).toBeGreaterThan(0);
    // A cut is timed once.
    expect(await clock.against(chosen.cut, trace)).toBe(report);
    expect(new Set(steps)).toEqual(new Set(["time"]));
  });
});
