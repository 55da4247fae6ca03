import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";
import { type GraphModel, graphModel, readGraphModel, TfjsError, toArtifacts } from "@prune/tfjs";
import { modelToFiles, parseJson } from "@prune/tfjs/advanced";
import { openGraphModel, saveGraphModel } from "@prune/tfjs/node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGraph } from "./build-graph.js";
import { checkLaw } from "./law.js";
import { distance, runGraph } from "./runtime.js";
import { useBackend } from "./use-backend.js";

const folder = mkdtempSync(join(tmpdir(), "prune-tfjs-"));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => useBackend("cpu"));

const small = (quantization?: "float16" | "uint8" | "uint16", shards = 1): GraphModel =>
  buildGraph((b) => {
    const x = b.node("Relu", [
      b.node("MatMul", [b.input("x", [-1, 6]), b.weight("w1", [6, 8], quantization)]),
    ]);
    return [b.node("MatMul", [x, b.weight("w2", [8, 3], quantization)], {}, "y")];
  }, shards);

const refusal = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof TfjsError) return error.code;
    throw error;
  }
  return "nothing";
};

describe("files", () => {
  it("keeps the signature, metadata and every other field of model.json", async () => {
    const model = small();
    const { model: cut } = await prune(model, { backend: graphModel(), importance: magnitude() });
    const { modelTopology, weightsManifest, ...rest } = cut.json;
    const { modelTopology: graph, weightsManifest: manifest, ...before } = model.json;
    expect(rest).toEqual(before);
    expect(modelTopology.versions).toEqual(graph.versions);
    expect(weightsManifest[0]?.paths).toEqual(manifest[0]?.paths);
    expect(weightsManifest[0]?.weights.map(({ shape }) => shape)).toEqual([
      [6, 4],
      [4, 3],
    ]);
  });

  it.each(["float16", "uint8", "uint16"] as const)(
    "keeps the stored values of %s weights bit for bit",
    async (type) => {
      const model = small(type);
      const { cut, law } = await checkLaw(model);
      const bytes = type === "uint8" ? 1 : 2;
      const [before, after] = [model, cut].map(({ weights }) => weights.get("w1")?.bytes as Uint8Array);
      const column = (data: Uint8Array, width: number, c: number): string =>
        Array.from({ length: 6 }, (_, r) =>
          data.subarray((r * width + c) * bytes, (r * width + c + 1) * bytes).join(),
        ).join(" ");
      const originals = Array.from({ length: 8 }, (_, c) => column(before as Uint8Array, 8, c));
      for (let c = 0; c < 4; c++) expect(originals).toContain(column(after as Uint8Array, 4, c));
      expect(cut.weights.get("w1")?.entry.quantization).toEqual(model.weights.get("w1")?.entry.quantization);
      expect(law).toBeLessThan(1e-5);
    },
  );

  it("saves several shards and opens them again", async () => {
    const { model: cut } = await prune(small("float16", 3), {
      backend: graphModel(),
      importance: magnitude(),
    });
    await saveGraphModel(join(folder, "shards"), cut);
    const again = openGraphModel(join(folder, "shards"));
    expect(modelToFiles(again).shards.length).toBe(3);
    expect(distance(await runGraph(again), await runGraph(cut))).toBe(0);
    expect(await graphModel().hash(again)).toBe(await graphModel().hash(cut));
  });

  it("does not overwrite the model that it read", async () => {
    await saveGraphModel(join(folder, "kept"), small());
    const model = openGraphModel(join(folder, "kept"));
    await expect(saveGraphModel(join(folder, "kept"), model)).rejects.toMatchObject({
      code: "overwrites-input",
    });
  });

  it("leaves its input as it was and gives the same bytes again", async () => {
    const model = small();
    const before = await graphModel().hash(model);
    const cuts = [1, 2].map(() => prune(model, { backend: graphModel(), importance: magnitude() }));
    const [a, b] = await Promise.all(cuts.map(async (cut) => graphModel().hash((await cut).model)));
    expect(a).toBe(b);
    expect(await graphModel().hash(model)).toBe(before);
  });
});

describe("refusals", () => {
  const { json, shards } = modelToFiles(small());
  const data = shards[0]?.bytes as Uint8Array;
  const manifest = json.weightsManifest;
  const node = json.modelTopology.node;
  const withGraph = (nodes: readonly unknown[]): never =>
    ({ ...json, modelTopology: { node: nodes } }) as never;

  it.each<[string, string, () => unknown]>([
    ["not-json", "no JSON", () => parseJson("<html>")],
    ["not-a-model", "no object", () => parseJson("[1]")],
    ["not-a-model", "no manifest", () => parseJson('{"modelTopology": {}}')],
    ["not-a-model", "a LayersModel", () => readGraphModel({ ...json, format: "layers-model" }, data)],
    ["size-mismatch", "bytes that are cut short", () => readGraphModel(json, data.subarray(1))],
    ["duplicate-name", "one name twice", () => readGraphModel(withGraph([...node, node[0]]), data)],
    [
      "dangling-input",
      "an input that is not there",
      () => readGraphModel(withGraph([{ name: "a", op: "Relu", input: ["b"] }]), data),
    ],
    [
      "missing-weight",
      "a constant without weights",
      () => readGraphModel(withGraph([...node, { name: "c", op: "Const" }]), data),
    ],
    [
      "malformed",
      "a shape that can't be",
      () =>
        readGraphModel(
          {
            ...json,
            weightsManifest: [{ paths: [], weights: [{ name: "w", shape: [-1], dtype: "float32" }] }],
          },
          data,
        ),
    ],
    [
      "cycle",
      "a cycle",
      () =>
        graphModel().trace(
          readGraphModel(
            withGraph([
              ...node,
              { name: "a", op: "Relu", input: ["b"] },
              { name: "b", op: "Relu", input: ["a"] },
            ]),
            data,
          ),
        ),
    ],
    ["unreadable-file", "no file", () => openGraphModel(join(folder, "nowhere"))],
  ])("%s: %s", (code, _, run) => {
    expect(refusal(run)).toBe(code);
  });

  it("reads weights that are spread over several files as one after the other", () => {
    const paths = ["s1.bin", "s2.bin", "s3.bin"];
    const at = [0, 5, data.length - 3, data.length];
    paths.forEach((path, i) => {
      writeFileSync(join(folder, path), data.subarray(at[i], at[i + 1]));
    });
    const file = join(folder, "spread.json");
    writeFileSync(file, JSON.stringify({ ...json, weightsManifest: [{ ...manifest[0], paths }] }));
    const opened = openGraphModel(file);
    expect(opened.files).toEqual([file, ...paths.map((path) => join(folder, path))]);
    expect(opened.weights).toEqual(readGraphModel(json, data).weights);
    expect(new Uint8Array(toArtifacts(opened).weightData as ArrayBuffer)).toEqual(new Uint8Array(data));
  });

  it("does not follow weights files out of the folder, and misses those that are gone", () => {
    const write = (path: string): string => {
      const file = join(folder, `out-${path.length}.json`);
      writeFileSync(file, JSON.stringify({ ...json, weightsManifest: [{ ...manifest[0], paths: [path] }] }));
      return file;
    };
    expect(refusal(() => openGraphModel(write("../secret.bin")))).toBe("bad-shard-path");
    expect(refusal(() => openGraphModel(write("gone.bin")))).toBe("missing-shard");
    expect(readFileSync(write("gone.bin"), "utf8")).toContain("gone.bin");
  });
});

describe("control flow and unknown operators", () => {
  it("keeps what they read whole, and says why", async () => {
    const model = buildGraph((b) => {
      const x = b.node("MatMul", [b.input("x", [1, 6]), b.weight("w1", [6, 8])]);
      const free = b.node("MatMul", [b.node("Relu", [x]), b.weight("w2", [8, 8])]);
      const y = b.node("StatelessIf", [b.integers("yes", [1], []), free, b.weight("w3", [8, 8])], {
        then_branch: "f",
      });
      return [b.node("MatMul", [y, b.weight("w4", [8, 2])])];
    });
    const trace = graphModel().trace(model);
    expect(trace.families.map(({ units }) => units.length)).toEqual([8]);
    const frozen = trace.unnamed.map(({ tensor, why }) => `${tensor}: ${why}`);
    expect(frozen).toContain("w3: read inside the branches of StatelessIf");
    expect(frozen).toContain('w4: meets fixed positions of "StatelessIf_8"');
  });

  it("enters loops of old control flow at their Merge", () => {
    const model = buildGraph((b) => {
      const x = b.node("MatMul", [b.input("x", [1, 6]), b.weight("w1", [6, 8])]);
      const start = b.node("Enter", [x], { frame_name: "loop" });
      const merge = b.node("Merge", [start, "next"], {}, "merge");
      const step = b.node("MatMul", [merge, b.weight("w2", [8, 8])]);
      b.node("NextIteration", [step], {}, "next");
      return [b.node("Exit", [merge])];
    });
    expect(graphModel().trace(model).families).toEqual([]);
  });
});
