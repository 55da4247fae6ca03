import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { temporaryFolderFor } from "@prune/files/advanced";
import { changedEnds } from "@prune/graph/advanced";
import type { GraphEdit, Model } from "@prune/onnx";
import type { Recipe } from "@prune/pruner";
import type { PruneJob } from "../calls.js";
import { blocksReport } from "../depth.js";
import { badOption, WorkflowError } from "../errors.js";
import type { Format, OpenHow } from "../format.js";
import { formed } from "../formed.js";
import { sizeOf } from "../made.js";
import { folderStore } from "../node/folder-store.js";
import { type AskedPrune, askedOf } from "../options/asked.js";
import { type Job, openJob } from "../progress.js";
import type { FolderReport, PrunedGraph } from "../reports/folder-report.js";
import { unchecked } from "../reports/law-report.js";
import { type FolderLayout, type GraphFile, layoutOf } from "./layout.js";
import { type OpenedGraph, planAll } from "./plan-folder.js";

/** What is asked of a folder: amounts and scores by weights. */
export type FolderOptions = Omit<PruneJob, "out" | "recipe" | "report" | "also" | "writes" | "reads">;

/** What pruning a folder made. */
export interface FolderPruned {
  readonly report: FolderReport;
  /** What left each graph, by its path inside the folder. */
  readonly recipes: ReadonlyMap<string, Recipe>;
}

/**
 * Prunes a model folder (transformers.js, optimum, ONNX Runtime GenAI) into a new one: one plan for all graphs that hold
 * the same weights, configurations that say the new sizes, everything else copied. The new folder appears whole.
 * @throws WorkflowError where a graph can't follow, a configuration can't say what became of it, or the law is broken.
 */
export async function pruneFolder(
  from: string,
  out: string,
  format: Format<Model, GraphEdit>,
  { signal, onProgress, ...choice }: FolderOptions = {},
): Promise<FolderPruned> {
  const job = openJob({ signal, onProgress });
  const asked = checked(choice, format);
  checkTarget(from, out);
  const layout = layoutOf(filesIn(from));
  const [first] = layout.graphs;
  if (!first) throw new WorkflowError("unreadable-file", { path: from, why: "it holds no .onnx file" });
  const whole = await openAll(from, layout, format, { io: asked.io, sizes: choice.sizes }, job);
  const opened = whole.map(([file, graph]) => [file, withoutBlocks(graph, asked)] as const);
  const configs = layout.configs.map((path) => ({ path, json: readConfig(join(from, path)) }));
  const made = await planAll(opened, configs, asked, job);
  const graphs: PrunedGraph[] = [];
  const temporary = temporaryFolderFor(resolve(out));
  const store = folderStore();
  try {
    const weights = new Set<string>();
    for (const { file, opened: graph, cut, edit } of made.cuttings) {
      for (const { path } of graph.files) weights.add(relative(from, path).split(sep).join("/"));
      const path = join(temporary.path, file.path);
      mkdirSync(dirname(path), { recursive: true });
      const { model, backend, trace } = graph;
      await job.begin("law");
      const blocks = await blocksReport(graph, asked.verify, job);
      const checkedBy =
        asked.verify && !cut.isEmpty
          ? await graph.verify(
              { trace, cut, edit, seconds: asked.verifyTime, memory: asked.verifyMemory },
              job,
            )
          : unchecked;
      await job.begin("write");
      const written = await graph.written(path, { edit }, store);
      await store.write(
        { model: written, files: [] },
        graph.files.map((part) => part.path),
      );
      graphs.push({
        path: file.path,
        before: graph.gone?.cost ?? backend.cost(model, trace),
        after: backend.cost(model, trace, cut),
        files: { before: sizeOf(graph.files), after: sizeOf([...written.weights, written.model]) },
        ends: changedEnds(trace, cut),
        ...(blocks && { blocks }),
        ...(cut.isEmpty
          ? blocks?.law
            ? { law: blocks.law }
            : { law: null, unverified: "nothing of it leaves" }
          : checkedBy),
      });
    }
    for (const { path, config } of made.configs) write(join(temporary.path, path), config);
    const dropped = new Set(
      made.left.flatMap(({ files }) => files.map((path) => relative(from, path).split(sep).join("/"))),
    );
    const copied = layout.others.filter((path) => !weights.has(path) && !dropped.has(path));
    for (const path of copied) {
      const to = join(temporary.path, path);
      mkdirSync(dirname(to), { recursive: true });
      copyFileSync(join(from, path), to);
    }
    renameSync(temporary.path, resolve(out));
    temporary.forget();
    const report: FolderReport = {
      format: "prune-folder/1",
      model: from,
      out,
      graphs,
      configs: made.configs.map(({ path, changes, unsaid }) => ({ path, changes, unsaid })),
      copied,
      left: made.left.map(({ path, why }) => ({ path, why })),
    };
    return { report, recipes: new Map(made.cuttings.map(({ file, recipe }) => [file.path, recipe])) };
  } catch (error) {
    temporary.remove();
    throw error;
  }
}

function checked(choice: FolderOptions, { features }: Format<Model, GraphEdit>): AskedPrune {
  const asked = askedOf(choice, features);
  const others: readonly (readonly [option: string, given: unknown])[] = [
    ["data", asked.samples ?? asked.keep ?? asked.dataFree],
    ["lossless", choice.lossless || undefined],
    ["mask", asked.mask || undefined],
    ["train", choice.train],
    ["ragged", choice.ragged || undefined],
    ["norms", choice.norms === "live" ? undefined : choice.norms],
    ["depth", choice.depth],
  ];
  const other = others.find(([, given]) => given !== undefined)?.[0];
  if (other) throw badOption(other, "it is for single models; a folder is pruned by its weights");
  return asked;
}

/** A graph without the blocks that are to leave, which every graph of the folder must have. */
function withoutBlocks(graph: OpenedGraph, { blocks, io }: AskedPrune): OpenedGraph {
  if (!blocks) return graph;
  return formed(graph, { blocks, caches: io === "cache" ? "leave" : "stay" });
}

function checkTarget(from: string, out: string): void {
  if (existsSync(out))
    throw new WorkflowError("unwritable-file", { path: out, why: "it is there already; name a new folder" });
  const [a, b] = [resolve(from), resolve(out)];
  if (`${b}${sep}`.startsWith(`${a}${sep}`))
    throw new WorkflowError("overwrites-input", { path: out, input: from });
}

/** Files of a folder and below, with slashes, but for hidden ones. */
function filesIn(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .filter((name) => !name.startsWith("."))
    .sort()
    .flatMap((name) => {
      const path = below === "" ? name : `${below}/${name}`;
      return statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path];
    });
}

function readConfig(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  } catch (error) {
    throw new WorkflowError("unreadable-file", { path, why: (error as Error).message }, { cause: error });
  }
}

async function openAll(
  from: string,
  { graphs }: FolderLayout,
  format: Format<Model, GraphEdit>,
  { io, sizes }: OpenHow,
  job: Job,
): Promise<(readonly [GraphFile, OpenedGraph])[]> {
  const store = folderStore();
  const all: (readonly [GraphFile, OpenedGraph])[] = [];
  for (const file of graphs) {
    const open = (free: typeof io): Promise<OpenedGraph> =>
      format.open(join(from, file.path), store, job, { io: free, sizes });
    // An encoder has no cache, and names of one graph's inputs are not those of another.
    const opened = await open(io).catch((error: { readonly code?: string }) => {
      if (error.code === "unknown-end") return open(undefined);
      throw error;
    });
    all.push([file, opened]);
  }
  return all;
}

function write(path: string, config: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`);
}
