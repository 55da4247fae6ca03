import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nodeRuntime } from "@prune/runtime-ort/node";
import {
  createWorkflow,
  type JobProgress,
  type MemoryStore,
  memoryStore,
  type Workflow,
  WorkflowError,
} from "@prune/workflow";
import { nodeWorkflow, pruneFile } from "@prune/workflow/node";
import { onnxFormat } from "@prune/workflow/onnx";
import { afterAll, describe, expect, it } from "vitest";
import { external, info, modelBytes, node, perceptron } from "../../onnx/test/files/build-model.js";
import { sample, samplePath } from "./glyphs.js";

const inMemory = (): Workflow & { readonly store: MemoryStore } =>
  createWorkflow({
    formats: [onnxFormat({ runtime: nodeRuntime() })],
    store: memoryStore({
      "model.onnx": sample("glyphs.onnx"),
      "train.u8": sample("glyphs-train512.images.u8"),
      "data.json": sample("glyphs.json"),
    }),
  }) as Workflow & { readonly store: MemoryStore };

const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

describe("a model in memory", { timeout: 60_000 }, () => {
  it("has its weights files called after the original's, as on a disk", async () => {
    const weights = Float32Array.from({ length: 1200 }, (_, i) => (i % 5) + 1);
    const at = (offset: number, length: number) => ({ location: "net.bin", offset, length });
    const bytes = modelBytes({
      ...perceptron,
      output: [info("y", ["batch", 2])],
      initializer: [external("w", [400, 2], at(0, 3200)), external("v", [2, 400], at(1600, 3200))],
      node: [
        node("Gemm", ["x", "w"], ["h"], { attribute: [{ name: "transB", type: 2, i: 1 }] }),
        node("Relu", ["h"], ["r"]),
        node("Gemm", ["r", "v"], ["y"], { attribute: [{ name: "transB", type: 2, i: 1 }] }),
      ],
    });
    const store = memoryStore({ "net.onnx": bytes, "net.bin": new Uint8Array(weights.buffer) });
    const workflow = createWorkflow({ formats: [onnxFormat({ runtime: nodeRuntime() })], store });
    const { files } = await workflow.prune("net.onnx");
    expect(files.map(({ path }) => path)).toEqual(["net-smaller.bin", "net-smaller.onnx"]);
    const { out } = await workflow.bench("net.onnx", "net.onnx", { seconds: 0.05 });
    expect(out.median).toBeGreaterThan(0);
  });

  it("answers samples one by one, as far as there are any", async () => {
    const workflow = inMemory();
    const opened = await workflow.open("model.onnx");
    const config = JSON.parse(new TextDecoder().decode(sample("glyphs.json")));
    const answers = await opened.answers({ data: "train.u8", config, most: 3 }, workflow.store);
    expect(answers).toHaveLength(3);
    for (const { feeds, outputs } of answers) {
      expect(Object.values(feeds)[0]?.dims).toEqual([1, 1, 28, 28]);
      expect(Object.values(outputs)[0]?.dims).toEqual([1, 36]);
    }
    const [first, second] = answers.map(({ outputs }) => Object.values(outputs)[0]?.data);
    expect(first).not.toEqual(second);
  });

  it("is pruned, proved, and written with its recipe and its report", async () => {
    const workflow = inMemory();
    const events: JobProgress[] = [];
    const { report, recipe, bytes } = await workflow.prune("model.onnx", {
      out: "small.onnx",
      recipe: "recipe.json",
      report: "report.json",
      onProgress: (event) => events.push(event),
    });
    expect(report).toMatchObject({
      model: "model.onnx",
      out: "small.onnx",
      removed: 112,
      law: { holds: true, vacuous: false, method: "gated" },
      latency: { threads: 1 },
    });
    expect(report.law?.error).toBeLessThan(1e-5);
    expect([...new Set(events.map(({ step }) => step))]).toEqual([
      "trace",
      "score",
      "cut",
      "law",
      "time",
      "write",
    ]);
    const { files } = workflow.store;
    const text = (name: string): unknown => JSON.parse(new TextDecoder().decode(files.get(name)));
    expect(text("recipe.json")).toEqual(JSON.parse(JSON.stringify(recipe)));
    expect(text("report.json")).toEqual(JSON.parse(JSON.stringify(report)));
    expect(files.get("small.onnx")).toEqual(bytes);
  });

  it("has its accuracy won back on samples of the store", async () => {
    const { report } = await inMemory().prune("model.onnx", {
      ratio: 0.3,
      data: "train.u8",
      dataConfig: "data.json",
      samples: 96,
      verify: false,
    });
    expect(report).toMatchObject({ law: null, recovery: { result: "recovered" } });
  });

  it("may be bytes, and without a target nothing is written", async () => {
    const workflow = createWorkflow({ formats: [onnxFormat({ runtime: nodeRuntime() })] });
    const { bytes, report } = await workflow.prune(sample("glyphs.onnx"), { ratio: 0.25, verify: false });
    expect(report.groups[0]).toMatchObject({ total: 16, kept: 12 });
    expect(bytes.length).toBeLessThan(sample("glyphs.onnx").length);
    expect([...(workflow.store as MemoryStore).files.keys()]).toEqual([]);
  });

  it("loses what changes no output, and nothing else", async () => {
    await expect(inMemory().lossless("model.onnx")).rejects.toMatchObject({ code: "nothing-removed" });
    const { report } = await inMemory().prune("model.onnx", { lossless: true, ratio: 0.5 });
    expect(report).toMatchObject({ lossless: { removed: [], equal: { error: 0 } }, law: { holds: true } });
  });
});

describe("a job", { timeout: 60_000 }, () => {
  it("ends with the reason of its signal, at any step, and writes nothing", async () => {
    for (const step of ["trace", "score", "cut", "law", "time", "write"]) {
      const workflow = inMemory();
      const ending = new AbortController();
      const done = workflow.prune("model.onnx", {
        out: "small.onnx",
        report: "report.json",
        signal: ending.signal,
        onProgress: (event) => event.step === step && ending.abort(new Error(`ended at ${step}`)),
      });
      await expect(done).rejects.toThrow(`ended at ${step}`);
      expect(workflow.store.files.has("small.onnx") || workflow.store.files.has("report.json")).toBe(false);
    }
  });

  it("lets timers run between its steps", async () => {
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    await inMemory().prune("model.onnx", { verify: false });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(2);
  });

  it("refuses what it is not told how to do, naming options as they are called", async () => {
    const refused = async (options: object, message: string): Promise<void> => {
      const failed = inMemory().prune("model.onnx", options);
      await expect(failed).rejects.toThrow(message);
      await expect(failed).rejects.toBeInstanceOf(WorkflowError);
    };
    await refused({ keep: { agreement: 0.9 } }, "`keep`: it needs samples to judge by; add `data: PATH`.");
    await refused({ ratoi: 0.5 }, "There is no option `ratoi`; did you mean `ratio`");
    await refused(
      { layerRatio: { conv1: 0.5 } },
      "There is no option `layerRatio`; did you mean `layerRatios`",
    );
    await refused({ recover: "lsq" }, "`recover`: it needs samples; add `data: PATH`, or choose synthetic");
    await refused({ importance: "beauty" }, "`importance`: it must be one of l1, l2");
    await refused(
      { importance: "taylor" },
      "`importance: taylor`: it needs samples; add `data: PATH` and their `labels`",
    );
    await refused({ out: "model.onnx" }, "would overwrite model.onnx");
    await expect(inMemory().prune("model.json")).rejects.toMatchObject({ code: "unknown-format" });
    await expect(inMemory().prune("other.onnx")).rejects.toMatchObject({ code: "unreadable-file" });
  });

  it("says what is called otherwise in the words of a command", () => {
    const error = new WorkflowError("bad-option", { option: "{recover: lsq}", why: "it needs {data: PATH}" });
    expect(error.text((option, value) => `--${option}${value ? ` ${value}` : ""}`)).toBe(
      "--recover lsq: it needs --data PATH.",
    );
  });
});

describe("files", { timeout: 60_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "prune-workflow-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it("give the same bytes as memory", async () => {
    const out = join(folder, "small.onnx");
    await pruneFile(samplePath("glyphs.onnx"), { out, ratio: 0.4, verify: false });
    const { bytes } = await inMemory().prune("model.onnx", { ratio: 0.4, verify: false });
    expect(hash(readFileSync(out))).toBe(hash(bytes));
  });

  it("are found from the folder of the workflow, and in it alone if it is confined", async () => {
    writeFileSync(join(folder, "m.onnx"), sample("glyphs.onnx"));
    const confined = nodeWorkflow({ folder, confined: true });
    await confined.prune("m.onnx", { out: "s.onnx", verify: false });
    expect(readdirSync(folder).sort()).toEqual(["m.onnx", "s.onnx", "small.onnx"]);
    for (const out of ["../s.onnx", join(tmpdir(), "s.onnx")])
      await expect(confined.prune("m.onnx", { out, verify: false })).rejects.toMatchObject({
        code: "outside-store",
      });
  });
});
