import type { Trace } from "@prune/graph";
import { nearest, type ResidualBlock } from "@prune/graph/advanced";
import type { Model, OnnxBackend } from "@prune/onnx";
import { cachesOf, layerOfCache } from "@prune/onnx/advanced";
import { rankBlocks } from "@prune/onnx-recovery/advanced";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import { type Source, toleranceOf } from "@prune/runtime-ort/advanced";
import { badOption } from "../errors.js";
import type { Form, Gone, RankHow } from "../format.js";
import type { Job } from "../progress.js";
import type { BlocksReport } from "../reports/blocks-report.js";
import type { LawReport } from "../reports/law-report.js";
import { drawSamples, type StoredSamples } from "../samples/draw-samples.js";
import type { Store } from "../store/store.js";
import { checkLaw } from "./law.js";

/** A model with the blocks that it has, and what the runtime opens of it. */
export interface Whole {
  readonly model: Model;
  readonly trace: Trace;
  readonly backend: OnnxBackend;
  readonly original: Source;
}

type CachesReport = NonNullable<BlocksReport["caches"]>;

/** Samples that blocks are ranked on. */
const probes = 128;

/** Blocks by their names; refused where there is none of a name. */
export function namedBlocks(all: readonly ResidualBlock[], names: readonly string[]): ResidualBlock[] {
  return names.map((name) => {
    const found = all.find((block) => block.name === name);
    if (found) return found;
    const [near] = nearest(
      name,
      all.map((block) => block.name),
    );
    throw badOption(
      "blocks",
      `there is no block "${name}"${near === undefined ? "" : `; did you mean "${near}"?`}`,
    );
  });
}

/** A backend for what blocks left of a model: recipes are of the whole, and say which left. */
export function withoutBlocksOf(
  backend: OnnxBackend,
  whole: Model,
  blocks: readonly ResidualBlock[],
  caches: Form["caches"],
): OnnxBackend {
  return {
    ...backend,
    form: {
      ...backend.form,
      blocks: blocks.map(({ name }) => name),
      ...(caches === "leave" && { caches }),
    },
    hash: () => backend.hash(whole),
    withNorms: (norms) => withoutBlocksOf(backend.withNorms(norms), whole, blocks, caches),
    withSizes: (sizes) => withoutBlocksOf(backend.withSizes(sizes), whole, blocks, caches),
  };
}

/** What left of a whole model, and its law. */
export function goneOf(
  { model, trace, backend, original }: Whole,
  blocks: readonly ResidualBlock[],
  caches: Form["caches"],
  runtime: OrtRuntime,
): Gone {
  // Under their old names, what is left of the caches can be held against the original's.
  const left = backend.withoutBlocks(model, trace, blocks, caches);
  const { goneEnds = new Set<string>() } = left;
  const { renamedEnds = new Map<string, string>() } =
    caches === "leave" ? backend.withoutBlocks(model, trace, blocks, "renumbered") : {};
  return {
    cost: backend.cost(model, trace),
    of: backend.blocks(model, trace).length,
    ...(goneEnds.size > 0 && {
      caches: {
        gone: [...goneEnds],
        renamed: [...renamedEnds].map(([before, after]) => ({ before, after })),
        layers: layersOf(model, goneEnds),
      },
    }),
    removed: blocks.map(({ name, macs, parameters }) => ({ name, macs, parameters })),
    check: (job): Promise<LawReport> =>
      checkLaw(
        {
          original,
          masked: { model, edit: backend.maskBlocks(model, trace, blocks) },
          cut: { model, edit: left },
          living: (tensor) => (goneEnds.has(tensor) ? "none" : "all"),
        },
        { method: "gated", tolerance: toleranceOf(model), runtime, job },
      ),
  };
}

/** Layers by the numbers in the names of their caches. */
function layersOf({ graph }: Model, gone: ReadonlySet<string>): CachesReport["layers"] {
  const numbersIn = (names: readonly string[]): readonly number[] =>
    [...new Set(names.flatMap((name) => layerOfCache(name) ?? []))].sort((a, b) => a - b);
  const names = [...cachesOf(graph).names];
  return { before: numbersIn(names).length, left: numbersIn(names.filter((name) => !gone.has(name))) };
}

/** Names of the blocks that leave first. */
export async function rankedBlocks(
  { model, trace, backend }: Omit<Whole, "original">,
  files: StoredSamples,
  { count, seed }: RankHow,
  { store, job, runtime }: { readonly store: Store; readonly job: Job; readonly runtime: OrtRuntime },
): Promise<readonly string[]> {
  const { batches } = await drawSamples(store, files, inputsOf(model.graph), { seed, most: probes });
  const blocks = backend.blocks(model, trace);
  const ranks = await rankBlocks(backend, { model, trace, blocks }, batches, count, {
    probes,
    runtime,
    signal: job.signal,
    onProgress: (done, total) => job.report({ step: "depth", done, total }),
  });
  return ranks.map(({ block }) => block.name);
}
