import type { Cut, Probe, SizesByName, Trace } from "@prune/graph";
import type { ResidualBlock } from "@prune/graph/advanced";
import {
  type GraphEdit,
  type Model,
  modelToBytes,
  noEdit,
  type OnnxBackend,
  type ReadOptions,
  readModel,
  withOperators,
} from "@prune/onnx";
import { dataNamesOf, filesOf, locationsOf, readModelFile, zeroParameters } from "@prune/onnx/advanced";
import { planFromRecipe } from "@prune/pruner";
import { withoutNumbers } from "@prune/pruner/advanced";
import { inputsOf, type OrtRuntime } from "@prune/runtime-ort";
import type { LivingOf, Source } from "@prune/runtime-ort/advanced";
import type { Form, Opened, Turned } from "../format.js";
import type { AskedPrune } from "../options/asked.js";
import type { Job } from "../progress.js";
import { checkRecoverable } from "../samples/check-recoverable.js";
import { drawSamples, samplesToDraw, samplesToKeep, samplesToVerify } from "../samples/draw-samples.js";
import { sizesIn } from "../samples/sizes-in.js";
import type { NewFile, NewModel, Store } from "../store/store.js";
import { activationProbes } from "./activations.js";
import { answersOf } from "./answers.js";
import { goneOf, namedBlocks, rankedBlocks, type Whole, withoutBlocksOf } from "./blocks.js";
import { compared } from "./compared.js";
import { gatesOn } from "./gates.js";
import { gradientsOf } from "./gradients.js";
import { judgeBeside, judgeFilesBeside } from "./judging.js";
import { withoutUseless } from "./lossless.js";
import { classLabels, editedModel, inFileOf, recoverChecked } from "./recover.js";
import { recoverDataFree } from "./recover-data-free.js";
import { timing } from "./timing.js";
import { trained } from "./train.js";
import { turnedModel } from "./turned.js";
import { verified } from "./verified.js";

export interface OnnxParts {
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
  /** Sizes of what the model leaves open, by name. */
  readonly sizes: SizesByName;
}

/** Opens an ONNX model, on the disk where the store and the runtime have one. */
export async function openOnnx(
  path: string,
  store: Store,
  parts: OnnxParts,
): Promise<Opened<Model, GraphEdit>> {
  const { original, ...read } = await readModelAt(path, store, parts.runtime);
  const model = withOperators(read.model, parts.backend.operators ?? {});
  return openedOf({ ...parts, model, original, path, files: await filesAt(path, model, store) });
}

interface ReadModel {
  readonly model: Model;
  /** What the runtime opens: the file itself where it can, else everything in one piece. */
  readonly original: () => Source;
}

async function readModelAt(path: string, store: Store, runtime: OrtRuntime): Promise<ReadModel> {
  const file = store.locate?.(path);
  const { openModel } = runtime.host;
  if (file !== undefined && openModel) return { model: openModel(file), original: () => file };
  const model = await readFrom(path, store);
  return { model, original: () => sourceOf(model) };
}

interface Given extends OnnxParts {
  readonly model: Model;
  readonly path: string;
  readonly files: Opened["files"];
  /** What the runtime opens as the original; made when it is asked for, as it may be all of a big file. */
  readonly original: () => Source;
  /** Of the model, where there is one already. */
  readonly trace?: Trace;
  /** What was turned of it. */
  readonly basis?: Turned;
  /** What it was before blocks left. */
  readonly whole?: Whole & { readonly blocks: readonly ResidualBlock[]; readonly caches: Form["caches"] };
}

function openedOf(given: Given): Opened<Model, GraphEdit> {
  const { model, runtime, sizes, path, files, whole } = given;
  const backend = whole
    ? withoutBlocksOf(given.backend, whole.model, whole.blocks, whole.caches)
    : given.backend;
  const teacher = whole?.model ?? model;
  const trace = given.trace ?? backend.trace(model);
  const parts = { model, backend, trace, runtime, sizes };
  const livingAfter =
    (cut: Cut): LivingOf =>
    (tensor, dims) =>
      backend.living(trace, cut, tensor, dims);
  return {
    ...parts,
    path,
    usualOutput: path.replace(/(\.onnx)?$/i, "-smaller.onnx"),
    files,
    kind: { format: "onnx", irVersion: model.irVersion, opset: model.opsets.get("") ?? null },
    inlined: inlinedIn(model),
    countedOn(samples) {
      const sampleSizes = sizesIn(samples, trace.source);
      const own = { trace, backend: backend.withSizes({ sampleSizes }), sizes: { ...sampleSizes, ...sizes } };
      return openedOf({ ...given, ...own });
    },
    async compare(smaller, recipe, { samples: files, seed }, store, job) {
      const samples =
        files && (await drawSamples(store, files, inputsOf(model.graph), { seed, most: samplesToVerify }));
      const sha256 = await backend.hash(model);
      const plan = planFromRecipe(trace, recipe, { sha256 });
      const cut = trace.cut(plan);
      const ofLayers = trace.cut(withoutNumbers(trace, plan));
      const { model: found, original: source } = await readModelAt(smaller, store, runtime);
      await job.begin("law");
      return compared({
        model,
        original: given.original(),
        expected: editedModel(model, backend.edit(model, trace, cut)),
        found,
        cut: source(),
        mask: backend.mask(model, trace, cut),
        zeroed: backend.zeroed(model, trace, ofLayers, recipe.parameters),
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
        samples,
        runtime,
        sizes,
        job,
      });
    },
    async prepare(asked, store, job) {
      // Read before any other samples, as labels that don't fit are refused.
      const differentiated = await differentiate(parts, asked, store, job);
      const samples =
        asked.samples &&
        (await drawSamples(store, asked.samples, inputsOf(model.graph), {
          seed: asked.seed,
          most: asked.keep ? samplesToKeep : samplesToDraw,
        }));
      if (samples && asked.recover) checkRecoverable(samples);
      return {
        samples,
        probe: samples && probeOf({ ...parts, differentiated }, asked, samples.batches, job),
      };
    },
    formed({ norms = "live", blocks: names = [], caches = "stay" }) {
      const formed = { ...given, trace, backend: given.backend.withNorms(norms) };
      if (names.length === 0) return openedOf(formed);
      const blocks = namedBlocks(backend.blocks(model, trace), names);
      const left = inFileOf(
        model,
        editedModel(
          model,
          backend.withoutBlocks(model, trace, blocks, caches === "leave" ? "renumbered" : caches),
        ),
      );
      const { trace: _, ...rest } = formed;
      const original = (): Source => sourceOf(left);
      return openedOf({
        ...rest,
        model: left,
        original,
        whole: { model, trace, backend, original: given.original(), blocks, caches },
      });
    },
    async turned(from, how, store, job) {
      const subject = { ...parts, original: given.original() };
      const made = await turnedModel(subject, from, how, { store, job, sourceOf });
      if (!made) return undefined;
      const { trace: _, ...rest } = given;
      const basis = { ...made.basis, cost: backend.cost(model, trace) };
      return openedOf({ ...rest, model: made.model, original: () => sourceOf(made.model), basis });
    },
    ...(given.basis && { basis: given.basis }),
    ...(whole && { gone: goneOf(whole, whole.blocks, whole.caches, runtime) }),
    blocks: () =>
      backend.blocks(model, trace).map(({ name, macs, parameters }) => ({ name, macs, parameters })),
    rankBlocks: (from, how, store, job) => rankedBlocks(parts, from, how, { store, job, runtime }),
    normsOver: (of, cut) => backend.normsOver(model, of, cut),
    edit: (of, cut) => backend.edit(model, of, cut),
    edited: (edit) => editedModel(model, edit),
    async written(out, made, store) {
      const [from, edit] = "edit" in made ? [model, made.edit] : [made.model, noEdit];
      return store.isStream?.(out) ? inOnePiece(out, from, edit) : newModel(out, from, edit);
    },
    async output(out) {
      const names = dataNamesOf(out, model);
      return { path: out, companion: (name) => names.includes(withoutHash(name)) };
    },
    verify: (cutting, job) => verified({ ...parts, original: given.original() }, cutting, job),
    zeroed: (removals) => zeroParameters(model, removals),
    timing: (how, store, job) => timing({ ...parts, whole: whole?.model }, how, store, job),
    recover: (smaller, { batches }, how, job) =>
      recoverChecked({ ...smaller, original: teacher }, batches, how, {
        runtime,
        job,
        living: livingAfter(smaller.cut),
      }),
    recoverDataFree: (smaller, how, job) =>
      recoverDataFree(smaller, how, { runtime, job, living: livingAfter(smaller.cut) }),
    train: (lesson, store, job) =>
      // A model that lost blocks is taught by the one that has them all; another teacher by itself.
      trained(
        { ...lesson, teacher: lesson.teacher === model ? teacher : lesson.teacher },
        { runtime, store, job, living: lesson.cut && livingAfter(lesson.cut) },
      ),
    gates: (how, store, job) => gatesOn(parts, how, { runtime, store, job }),
    answers: (samples, store) => answersOf(model, samples, { runtime, store }),
    judge: (samples, job) => judgeBeside(teacher, samples, { runtime, job, livingAfter }),
    judging: (samples, { seed }, store, job) =>
      judgeFilesBeside(teacher, samples, {
        seed,
        runtime,
        store,
        job,
        read: async (smaller) => (await readModelAt(smaller, store, runtime)).model,
      }),
    async lossless(verify, job) {
      const made = await withoutUseless({ ...parts, original: given.original() }, verify, job);
      const left = made.part.removed.length > 0;
      return {
        part: made.part,
        opened: left
          ? openedOf({ ...given, model: made.model, original: () => sourceOf(made.model) })
          : openedOf(given),
      };
    },
    masked: (cut) => editedModel(model, backend.mask(model, trace, cut)),
    classLabels: (labels) => classLabels(model, labels),
  };
}

/** A model out of any store; external weights need one that reads at once. */
export async function readFrom(path: string, store: Store): Promise<Model> {
  const { readNow } = store;
  const options = {
    // Weights files of what is made of it are called after it.
    file: path,
    ...(readNow && {
      external: (location, offset, length) =>
        readNow(
          store.resolve(path, location),
          length === undefined ? { offset, length: Number.MAX_SAFE_INTEGER } : { offset, length },
        ),
    }),
  } satisfies ReadOptions;
  const size = store.isOutside && readNow ? await store.size(path) : undefined;
  if (size === undefined || !readNow) return readModel(await store.read(path), options);
  return readModelFile({ size, read: (offset, length) => readNow(path, { offset, length }) }, options);
}

/** What a runtime opens in place of a file: everything in one piece. */
export function sourceOf(model: Model): Uint8Array {
  if (model.external) return modelToBytes(model, noEdit);
  const { file } = model.outlined ?? {};
  return file ? file.read(0, file.size) : (model.inlined?.original ?? model.source);
}

/** The model's file, and those that its weights lie in. */
async function filesAt(path: string, model: Model, store: Store): Promise<Opened["files"]> {
  const names = [path, ...[...locationsOf(model)].map((location) => store.resolve(path, location))];
  const sizes = await Promise.all(names.map((name) => store.size(name)));
  return names.map((name, i) => ({ path: name, length: sizes[i] ?? 0 }));
}

function newModel(out: string, model: Model, edit: GraphEdit): NewModel {
  const { files, renamed } = filesOf(out, model, edit);
  return { weights: files.slice(0, -1), model: files.at(-1) as NewFile, renamed };
}

function inOnePiece(path: string, from: Model, edit: GraphEdit): NewModel {
  const bytes = modelToBytes(from, edit);
  const model = { path, length: bytes.length, chunks: () => [bytes] };
  return { weights: [], model, renamed: () => model };
}

/** "model.onnx.data" of "model.onnx.data.0123abcd". */
const withoutHash = (name: string): string => name.replace(/\.[0-9a-f]{8,64}$/, "");

function inlinedIn({ inlined }: Model): Opened["inlined"] {
  if (!inlined) return undefined;
  const { functions, branches, sequences } = inlined;
  return { functions, branches, sequences };
}

interface Parts extends OnnxParts {
  readonly model: Model;
  readonly trace: Trace;
}

/** What a criterion sees of a loss; undefined if it asks for nothing of the kind. */
async function differentiate(
  { model, trace, backend, runtime }: Parts,
  { importance: { needs }, samples, seed }: AskedPrune,
  store: Store,
  job: Job,
): Promise<Probe | undefined> {
  const see = (["gradients", "curvature"] as const).filter((need) => needs.includes(need));
  if (see.length === 0 || !samples) return undefined;
  return gradientsOf(model, backend.probe(model, trace), { see, samples, seed }, { store, runtime, job });
}

function probeOf(
  { model, backend, trace, runtime, differentiated }: Parts & { readonly differentiated: Probe | undefined },
  { importance }: AskedPrune,
  batches: Parameters<typeof activationProbes>[0]["batches"],
  job: Job,
): ((cut: Cut) => Promise<Probe>) | undefined {
  if (differentiated) return async () => differentiated;
  if (!importance.needs.includes("activations")) return undefined;
  return activationProbes({ importance, model, backend, trace, batches, runtime, job });
}
