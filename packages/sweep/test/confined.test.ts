import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkPlan } from "@prune/sweep";
import { describe, expect, test } from "vitest";
import { folderStore } from "../src/files/folder-store.js";
import { fetchTree, placedTree, storeTree, treeAt } from "../src/files/tree.js";
import { inputsOf } from "../src/job/inputs.js";
import { checkJob, type Job, nameOfJob } from "../src/job/job.js";
import { runJob } from "../src/job/run-job.js";
import type { SweepPlan } from "../src/plan/plan.js";
import { searchOf } from "../src/search/search-of.js";
import { freshFolders } from "./fresh-folders.js";
import { glyphs, judge, quick } from "./glyphs.js";

const { home, fresh } = freshFolders("confined");

/** The first job of a plan, with what it reads. */
async function jobOf(plan: SweepPlan) {
  const checked = checkPlan(plan);
  const inputs = inputsOf(checked, ".", []);
  const [candidate] = searchOf(checked).next([]);
  if (!candidate) throw new Error("no candidate");
  const { job } = await inputs.jobOf(candidate);
  const trees = Object.fromEntries(inputs.trees.map((tree) => [tree.ref.tree, placedTree(tree)]));
  return { job, trees, files: inputs.trees };
}

const ran = (job: Job, trees: Parameters<typeof runJob>[0]["trees"]) =>
  runJob({
    name: nameOfJob(job),
    job,
    trees,
    scratch: fresh(),
    plugins: [],
    machineLock: join(home, "lock"),
  });

describe("a job of whoever can write to the queue", { timeout: 120_000 }, () => {
  test.each<[string, object, RegExp]>([
    ["a path of samples", { options: { data: "/etc/passwd" } }, /options.data is a path/],
    ["a path of a configuration", { options: { dataConfig: "/etc/passwd" } }, /options.dataConfig is a path/],
    ["a path of curves", { options: { allocation: "curves.json" } }, /options.allocation is a path/],
    ["a path to judge by", { judge: { dataConfig: "../x.json" } }, /judge.dataConfig is a path/],
    ["a tokenizer", { options: { dataConfig: { tokenizer: "/srv" } } }, /tokenizer/],
    ["a file to write", { options: { curve: "/tmp/x.json" } }, /writes no file/],
    ["an option that is none", { options: { report: "/tmp/x.html" } }, /no option "report"/],
    ["another way of judging", { judge: { model: "/x" } }, /no "model"/],
  ])("is refused for %s, before anything is opened", async (_, other, why) => {
    const { job } = await jobOf(quick);
    const wrong = { ...job, ...other } as Job;
    expect(() => checkJob(wrong, nameOfJob(wrong))).toThrow(
      expect.objectContaining({ code: "bad-job", message: expect.stringMatching(why) }),
    );
    expect(checkJob(job, nameOfJob(job))).toBe(job);
  });

  test("reads labels only out of what it names by hash, whatever files are there", async () => {
    const { job, trees } = await jobOf(quick);
    const labels = join(fresh(), "labels.u8");
    writeFileSync(labels, readFileSync(judge.labels));
    const { judgeLabels: _, ...inputs } = job.inputs;
    const wrong: Job = { ...job, inputs, judge: { ...job.judge, labels } };
    await expect(ran(wrong, trees)).rejects.toMatchObject({ code: "bad-name" });
    expect((await ran(job, trees)).outcome.measures.accuracy).toBeGreaterThan(0);
  });
});

test("options that say how a model is opened reach it", async () => {
  const { job, trees } = await jobOf({ ...quick, options: { verify: false, sizes: { nobody: 3 } } });
  // It is refused by who opens the model, for which no such size is open.
  await expect(ran(job, trees)).rejects.toMatchObject({ message: expect.stringMatching(/nobody/) });
});

test("text is read by the tokenizer beside the model, which is a part of the job", async () => {
  const folder = fresh();
  mkdirSync(join(folder, "onnx"));
  const model = join(folder, "onnx/model.onnx");
  writeFileSync(model, readFileSync(glyphs));
  const corpus = join(folder, "corpus.txt");
  writeFileSync(corpus, "words");
  const tokenizer = join(folder, "tokenizer.json");
  const plan: SweepPlan = {
    models: [model],
    options: { data: corpus },
    grid: { ratio: [0.5] },
    measure: ["bytes"],
  };
  const before = await jobOf(plan);
  writeFileSync(tokenizer, "{}");
  const first = await jobOf(plan);
  writeFileSync(tokenizer, "{ }");
  const second = await jobOf(plan);
  expect(new Set([before, first, second].map(({ job }) => nameOfJob(job))).size).toBe(3);
  expect(first.job.inputs.model.main).toBe("onnx/model.onnx");
  expect(first.trees[first.job.inputs.model.tree]?.files).toEqual(["onnx/model.onnx", "tokenizer.json"]);
});

test("a worker's cache that somebody changed is fetched again", async () => {
  const store = folderStore(fresh());
  const source = fresh();
  writeFileSync(join(source, "model.onnx"), "weights");
  const tree = await treeAt(join(source, "model.onnx"));
  await storeTree(store, tree);
  const cache = fresh();
  const { root } = await fetchTree(store, tree.ref.tree, cache);
  writeFileSync(join(root, "model.onnx"), "Weights");
  await fetchTree(store, tree.ref.tree, cache);
  expect(readFileSync(join(root, "model.onnx"), "utf8")).toBe("weights");
});
