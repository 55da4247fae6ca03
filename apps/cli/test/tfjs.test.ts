import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import type { Cut } from "@prune/graph";
import { magnitude } from "@prune/importance-magnitude";
import { plan } from "@prune/pruner";
import type { TfjsModel } from "@prune/tfjs";
import { saveTfjsModel } from "@prune/tfjs/node";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJob } from "../../../packages/workflow/src/progress.js";
import { feedsOf } from "../../../packages/workflow/src/tfjs/feeds.js";
import { runnerOf } from "../../../packages/workflow/src/tfjs/run.js";
import { workflow } from "../src/workflow.js";
import { prune } from "./command.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-cli-tfjs-"));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  await useBackend("cpu");
  const convolution = layers.conv2d({ inputShape: [8, 8, 1], filters: 6, kernelSize: 3, activation: "relu" });
  await saveTfjsModel(
    at("layers"),
    sequential({ layers: [convolution, layers.flatten(), layers.dense({ units: 3 })] }),
  );
  writeGraph(at("graph"));
});

describe.each([
  { kind: "layers", format: "tfjs-layers-model", parameters: 711 },
  { kind: "graph", format: "tfjs-graph-model", parameters: 72 },
])("a model.json of $kind", ({ kind, format, parameters }) => {
  const model = at(`${kind}/model.json`);

  it("is cut into a new folder and equals the masked original", async () => {
    const out = at(`${kind}-small`);
    const files = ["--recipe", at(`${kind}-recipe.json`), "--report", at(`${kind}-report.json`)];
    const ran = await prune(model, "-o", `${out}/`, ...files, "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    const report = JSON.parse(ran.out);
    expect(report).toMatchObject({
      format: "prune-report/1",
      before: { parameters },
      law: { method: "gated", seeds: 3, holds: true, sameForm: true, vacuous: false },
    });
    expect(report.law.error).toBeLessThan(1e-5);
    expect(report.files.after).toBeLessThan(report.files.before);
    expect(JSON.parse(readFileSync(files[3] as string, "utf8"))).toEqual(report);
    const recipe = JSON.parse(readFileSync(files[1] as string, "utf8"));
    expect(recipe).toMatchObject({ format: "prune-recipe/1", source: { backend: "tfjs" } });
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const { cost } = JSON.parse((await prune("inspect", join(out, "model.json"), "--json")).out);
    expect(cost.parameters).toBe(report.after.parameters);
  });

  it("is not written where the cut computes something else", async () => {
    const opened = await workflow.open(model);
    const { model: original, backend, trace } = opened;
    const { chosen } = await plan(original, { backend, trace, importance: magnitude() });
    const checked = opened.verify({ trace, cut: chosen.cut, edit: original }, openJob({}));
    await expect(checked).rejects.toMatchObject({ code: "law-broken" });
  });

  it("is verified by the recipe, and another cut is not", async () => {
    const [out, recipe] = [at(`${kind}-verified`), at(`${kind}-verified.json`)];
    await prune(model, "-o", out, "--recipe", recipe);
    const ran = await prune("verify", model, join(out, "model.json"), "--recipe", recipe, "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({ holds: true, findings: [], sameModel: true, zeroed: null });
    await prune(model, "-o", at(`${kind}-other`), "--importance", "random", "--seed", "7");
    const other = await prune("verify", model, at(`${kind}-other/model.json`), "--recipe", recipe);
    expect(other.code).toBe(1);
    expect(other.err).toContain("holds other values");
  });

  it("lists its groups", async () => {
    const { code, out } = await prune("groups", model, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out).groups[0].items.length).toBeGreaterThan(1);
  });

  it("is inspected", async () => {
    const { code, out } = await prune("inspect", model, "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ format, irVersion: null, opset: null, cost: { parameters } });
    expect((await prune("inspect", model)).out).toContain("TensorFlow.js");
  });
});

describe("what is refused writes nothing", () => {
  const refused = async (exitCode: number, code: string, ...args: string[]): Promise<void> => {
    const before = readdirSync(folder, { recursive: true });
    const ran = await prune(...args, "--json");
    expect({ code: ran.code, error: JSON.parse(ran.out).error.code }).toEqual({
      code: exitCode,
      error: code,
    });
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  };
  const model = at("layers/model.json");

  it("the input's folder", () => refused(1, "overwrites-input", model, "-o", at("layers")));
  it("a report in place of the input", () =>
    refused(1, "overwrites-input", model, "-o", at("new"), "--report", model));
  it("a file in place of a folder", () => refused(1, "not-a-folder", model, "-o", at("small.json")));
  it("a folder in a folder that is not there", () => refused(1, "no-folder", model, "-o", at("no/where")));
  it("what needs an ONNX model", async () => {
    await refused(2, "bad-option", model, "-o", at("new"), "--mask");
    await refused(2, "bad-option", model, "-o", at("new"), "--lossless");
    await refused(2, "bad-option", model, "-o", at("new"), "--recover", "synthetic");
    await refused(2, "bad-option", model, "-o", at("new"), "--target", "macs=0.5", "--threads", "2");
  });
  it("a model that is not there", () => refused(1, "unreadable-file", at("no.json"), "-o", at("new")));
  it("JSON that is no model", async () => {
    writeFileSync(at("other.json"), "{}");
    await refused(1, "not-a-model", at("other.json"), "-o", at("new"));
  });
});

it("a budget of gzip is of all files, and is met", async () => {
  const wide = { kernelInitializer: "glorotNormal" } as const;
  await saveTfjsModel(
    at("wide"),
    sequential({
      layers: [
        layers.dense({ inputShape: [32], units: 256, activation: "relu", ...wide }),
        layers.dense({ units: 4, ...wide }),
      ],
    }),
  );
  const out = at("wide-small");
  const ran = await prune(at("wide/model.json"), "-o", out, "--target", "gzip=60%", "--json");
  expect(ran).toMatchObject({ code: 0, err: "" });
  const { budget, latency } = JSON.parse(ran.out);
  const zipped = (from: string): number =>
    readdirSync(from).reduce((sum, file) => sum + gzipSync(readFileSync(join(from, file))).length, 0);
  expect(budget).toMatchObject({ resource: "gzip", met: true });
  // Names of files differ a little.
  expect(budget.reached / zipped(out)).toBeCloseTo(1, 1);
  expect(budget.original / zipped(at("wide"))).toBeCloseTo(1, 1);
  expect(zipped(out)).toBeLessThan(0.62 * zipped(at("wide")));
  expect(latency).toMatchObject({ threads: 1, before: { runs: expect.any(Number) } });
});

it("keeps what else a folder holds, and leaves out the check when told to", async () => {
  mkdirSync(at("used"));
  writeFileSync(at("used/notes.txt"), "mine");
  const ran = await prune(at("graph/model.json"), "-o", at("used"), "--no-verify", "--json");
  expect(JSON.parse(ran.out)).toMatchObject({ law: null, unverified: "not asked for (--no-verify)" });
  expect(readFileSync(at("used/notes.txt"), "utf8")).toBe("mine");
  expect(existsSync(at("used/model.json"))).toBe(true);
});

describe("the law of models whose inputs say little", () => {
  it("an input of unknown rank is fed as its reader needs it", async () => {
    writeGraph(at("rankless"), { shape: { unknownRank: true } });
    const ran = await prune(at("rankless/model.json"), "-o", at("rankless-small"), "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject({
      law: { holds: true, vacuous: false },
      after: { parameters: 36 },
    });
  });

  it("numbers without dims are settings, indices lie below the rows that they are looked up in", async () => {
    const inputs = (name: string, type: string, dims: readonly string[]): object => ({
      name,
      op: "Placeholder",
      attr: { dtype: { type }, shape: { shape: { dim: dims.map((size) => ({ size })) } } },
    });
    const constant = (name: string): object => ({ name, op: "Const" });
    const before = [
      inputs("ratio", "DT_FLOAT", []),
      inputs("ids", "DT_INT32", ["40"]),
      ...["table", "axis"].map(constant),
      { name: "rows", op: "GatherV2", input: ["table", "ids", "axis"] },
      { name: "sum", op: "Sum", input: ["rows", "axis"] },
      { name: "scaled", op: "Mul", input: ["sum", "ratio"] },
      { name: "added", op: "AddV2", input: ["x", "scaled"] },
    ];
    const weights = [
      { name: "table", shape: [3, 6], dtype: "float32" },
      { name: "axis", shape: [], dtype: "int32" },
    ];
    writeGraph(at("fed"), { before, from: "added", weights });
    const { model, trace } = await workflow.open(at("fed/model.json"));
    const runner = await runnerOf(model as TfjsModel, { loadGraphModel }, trace);
    const [, ratios, ids] = [0, 1, 2].map((i) =>
      [1, 2, 3].map((seed) => [...(feedsOf(runner.inputs, seed)[i]?.dataSync() ?? [])]),
    );
    expect(ratios).toEqual([[1], [0.5], [2]]);
    expect(new Set(ids?.flat())).toEqual(new Set([0, 1, 2]));
    expect((await prune(at("fed/model.json"), "-o", at("fed-small"))).code).toBe(0);
  });
});

describe("the law behind operators that jump", () => {
  /** What is left of a mean over channels times 2^20 once whole numbers are taken away: its last digits. */
  const lastDigits = (name: string): string => {
    const constant = (name: string): object => ({ name, op: "Const" });
    const after = [
      ...["axis", "many", "one"].map(constant),
      { name: "mean", op: "Mean", input: ["r", "axis"], attr: { keep_dims: { b: true } } },
      { name: "large", op: "Mul", input: ["mean", "many"] },
      { name: "digits", op: "FloorMod", input: ["large", "one"] },
      { name: "root", op: "Sqrt", input: ["digits"] },
    ];
    const weights = [
      { name: "many", shape: [], dtype: "float32", values: [2 ** 20] },
      { name: "one", shape: [], dtype: "float32", values: [1] },
      { name: "axis", shape: [], dtype: "int32", values: [1] },
    ];
    writeGraph(at(name), { after, weights, outputs: ["root"] });
    return at(`${name}/model.json`);
  };

  it("is judged where both decide alike", async () => {
    const ran = await prune(lastDigits("digits"), "-o", at("digits-small"), "--ratio", "0.4", "--json");
    expect(ran).toMatchObject({ code: 0, err: "" });
    const { law } = JSON.parse(ran.out);
    expect(law).toMatchObject({ holds: true, sameForm: true, anchors: 1 });
    expect(law.error).toBeLessThan(1e-5);
  });

  it("is broken by another cut there as well", async () => {
    const opened = await workflow.open(lastDigits("other-digits"));
    const { model, backend, trace } = opened;
    const [units = []] = trace.families.map((family) => family.units);
    const [one, other] = [0, 3].map((from) =>
      trace.cut({ units: [...units].slice(from, from + 3), atoms: [] }),
    ) as [Cut, Cut];
    const edit = backend.cut(model, trace, other);
    const checked = opened.verify({ trace, cut: one, edit }, openJob({}));
    await expect(checked).rejects.toMatchObject({ code: "law-broken" });
  });
});

interface Graph {
  /** Nodes behind the first layer's Relu, in place of the second layer, and what they give. */
  readonly after?: readonly object[];
  readonly outputs?: readonly string[];
  /** Of x. */
  readonly shape?: object;
  /** Nodes before the first layer, which reads `from`, and their weights. */
  readonly before?: readonly object[];
  readonly from?: string;
  readonly weights?: readonly {
    readonly name: string;
    readonly shape: number[];
    readonly dtype: string;
    readonly values?: readonly number[];
  }[];
}

/** x [-1, 6] -> MatMul [6, 8] -> Relu -> MatMul [8, 3]. */
function writeGraph(path: string, graph: Graph = {}): void {
  const type = { type: "DT_FLOAT" };
  const sized = { dim: [{ size: "-1" }, { size: "6" }] };
  const { shape = sized, before = [], from = "x", weights: others = [], after, outputs } = graph;
  const constant = (name: string): object => ({ name, op: "Const", attr: { dtype: type } });
  const node = [
    { name: "x", op: "Placeholder", attr: { dtype: type, shape: { shape } } },
    constant("w1"),
    constant("w2"),
    ...before,
    { name: "h", op: "MatMul", input: [from, "w1"], attr: { T: type } },
    { name: "r", op: "Relu", input: ["h"], attr: { T: type } },
    ...(after ?? [{ name: "y", op: "MatMul", input: ["r", "w2"], attr: { T: type } }]),
  ];
  const signature = outputs && {
    inputs: { x: { name: "x:0" } },
    outputs: Object.fromEntries(outputs.map((name) => [name, { name: `${name}:0` }])),
  };
  const weights: Graph["weights"] & object = [
    { name: "w1", shape: [6, 8], dtype: "float32" },
    { name: "w2", shape: [8, 3], dtype: "float32" },
    ...others,
  ];
  mkdirSync(path);
  const json = {
    format: "graph-model",
    modelTopology: { node, versions: {} },
    weightsManifest: [{ paths: ["weights.bin"], weights: weights.map(({ values: _, ...entry }) => entry) }],
    ...(signature && { signature }),
  };
  writeFileSync(join(path, "model.json"), JSON.stringify(json));
  let seed = 0;
  const bytes = weights.flatMap(({ shape, dtype, values }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const list = values ?? Array.from({ length: count }, () => (dtype === "float32" ? Math.sin(++seed) : 0));
    const typed = dtype === "float32" ? Float32Array.from(list) : Int32Array.from(list);
    return [...new Uint8Array(typed.buffer)];
  });
  writeFileSync(join(path, "weights.bin"), Uint8Array.from(bytes));
}
