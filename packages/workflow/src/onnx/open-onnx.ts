import type { Cut, Probe, Trace } from "@prune/graph";
import {
  filesOf,
  type GraphEdit,
  MaskError,
  type Model,
  modelToBytes,
  noEdit,
  type OnnxBackend,
  readModel,
  zeroParameters,
} from "@prune/onnx";
import {
  inputsOf,
  judgeOn,
  type OrtRuntime,
  RuntimeError,
  type Source,
  toleranceOf,
  withEdited,
} from "@prune/runtime-ort";
import { WorkflowError } from "../errors.js";
import type { Cutting, Opened } from "../format.js";
import type { Asked } from "../options/asked.js";
import type { Job } from "../progress.js";
import type { Checked } from "../reports/law-report.js";
import { checkRecoverable } from "../samples/check-recoverable.js";
import { drawSamples, samplesToDraw, samplesToKeep } from "../samples/draw-samples.js";
import type { NewFile, Store } from "../store/store.js";
import { activationProbes } from "./activations.js";
import { checkLaw } from "./law.js";
import { withoutUseless } from "./lossless.js";
import { classLabels, editedModel, recoverChecked } from "./recover.js";
import { recoverDataFree } from "./recover-data-free.js";
import { timing } from "./timing.js";

export interface OnnxParts {
  readonly backend: OnnxBackend;
  readonly runtime: OrtRuntime;
}

/** Opens an ONNX model, on the disk where the store and the runtime have one. */
export async function openOnnx(
  path: string,
  store: Store,
  parts: OnnxParts,
): Promise<Opened<Model, GraphEdit>> {
  const file = store.locate?.(path);
  const { openModel } = parts.runtime.host;
  const onDisk = file !== undefined && openModel !== undefined;
  const model = onDisk ? openModel(file) : await readFrom(path, store);
  return openedOf({
    ...parts,
    model,
    path,
    files: await filesAt(path, store),
    original: onDisk ? file : sourceOf(model),
  });
}

interface Given extends OnnxParts {
  readonly model: Model;
  readonly path: string;
  readonly files: Opened["files"];
  /** What the runtime opens as the original. */
  readonly original: Source;
}

function openedOf(given: Given): Opened<Model, GraphEdit> {
  const { model, backend, runtime, path, files } = given;
  const trace = backend.trace(model);
  const parts = { model, backend, trace, runtime };
  return {
    ...parts,
    path,
    usualOutput: path.replace(/(\.onnx)?$/i, "-smaller.onnx"),
    files,
    inlined: inlinedIn(model),
    async prepare(asked, store, job) {
      const samples =
        asked.samples &&
        (await drawSamples(store, asked.samples, inputsOf(model.graph), {
          seed: asked.seed,
          most: asked.keep ? samplesToKeep : samplesToDraw,
        }));
      if (samples && asked.recover) checkRecoverable(samples);
      return { samples, probe: samples && probeOf(parts, asked, samples.batches, job) };
    },
    edit: (of, cut) => backend.edit(model, of, cut),
    edited: (edit) => editedModel(model, edit),
    written: async (out, made) =>
      ("edit" in made ? filesOf(out, model, made.edit) : filesOf(out, made.model, noEdit)).files,
    verify: (cutting) => verified({ ...parts, original: given.original }, cutting),
    zeroed: (removals) => zeroParameters(model, removals),
    timing: (how, store, job) => timing(parts, how, store, job),
    recover: (smaller, { batches }, how, job) => recoverChecked(smaller, batches, how, { runtime, job }),
    recoverDataFree: (smaller, how, job) => recoverDataFree(smaller, how, { runtime, job }),
    async judge({ batches, labels }, job) {
      const { signal } = job;
      return { of: await judgeOn(model, batches, labels, { runtime, ...(signal && { signal }) }) };
    },
    async lossless(verify, job) {
      const made = await withoutUseless({ ...parts, original: given.original }, verify, job);
      const left = made.part.removed.length > 0;
      return {
        part: made.part,
        opened: left
          ? openedOf({ ...given, model: made.model, original: sourceOf(made.model) })
          : openedOf(given),
      };
    },
    masked: (cut) => editedModel(model, backend.mask(model, trace, cut)),
    classLabels: (labels) => classLabels(model, labels),
  };
}

/** A model out of any store; external weights need one that reads at once. */
async function readFrom(path: string, store: Store): Promise<Model> {
  const { readNow } = store;
  return readModel(
    await store.read(path),
    readNow && {
      external: (location, offset, length) =>
        readNow(
          store.resolve(path, location),
          length === undefined ? { offset, length: Number.MAX_SAFE_INTEGER } : { offset, length },
        ),
    },
  );
}

/** What a runtime opens in place of a file: everything in one piece. */
const sourceOf = (model: Model): Uint8Array =>
  model.external ? modelToBytes(model, noEdit) : (model.inlined?.original ?? model.source);

/** The model's file, with the external data that is written beside one. */
async function filesAt(path: string, store: Store): Promise<Pick<NewFile, "path" | "length">[]> {
  const names = [path, `${path}.data`];
  const sizes = await Promise.all(names.map((name) => store.size(name)));
  return names.flatMap((name, i) => (sizes[i] === undefined ? [] : [{ path: name, length: sizes[i] }]));
}

function inlinedIn({ inlined }: Model): Opened["inlined"] {
  if (!inlined) return undefined;
  const { functions, branches, sequences } = inlined;
  return { functions, branches, sequences };
}

interface Parts extends OnnxParts {
  readonly model: Model;
  readonly trace: Trace;
}

function probeOf(
  { model, backend, trace, runtime }: Parts,
  { importance }: Asked,
  batches: Parameters<typeof activationProbes>[0]["batches"],
  job: Job,
): ((cut: Cut) => Promise<Probe>) | undefined {
  if (!importance.needs.includes("activations")) return undefined;
  return activationProbes({ importance, model, backend, trace, batches, runtime, job });
}

/** Checks the law on the bytes that are about to be written; throws when it is broken or can't be checked. */
async function verified(
  { model, backend, runtime, original }: Parts & { readonly original: Source },
  { trace, cut, edit }: Cutting<GraphEdit>,
): Promise<Checked> {
  try {
    const how = { method: "gated", tolerance: toleranceOf(model), runtime } as const;
    const law = await checkLaw(
      {
        original,
        masked: (use) => withEdited(model, backend.mask(model, trace, cut), use, { runtime }),
        cut: (use) => withEdited(model, edit, use, { runtime }),
        living: (tensor, dims) => backend.living(trace, cut, tensor, dims),
      },
      how,
    );
    if (!law.holds) throw new WorkflowError("law-broken", { error: law.error, tolerance: law.tolerance });
    return { law };
  } catch (error) {
    if (error instanceof RuntimeError && error.code === "runtime-missing")
      return { law: null, unverified: error.message };
    if (error instanceof RuntimeError || error instanceof MaskError)
      throw new WorkflowError("unverified", { why: error.message });
    throw error;
  }
}
