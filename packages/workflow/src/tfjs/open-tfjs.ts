import type { Cut, Probe, SizesByName } from "@prune/graph";
import { planFromRecipe } from "@prune/pruner";
import { isGraphModel, type TfjsBackend, TfjsError, type TfjsModel } from "@prune/tfjs";
import {
  filesOfModel,
  modelOf,
  parseJson,
  shardNamesOf,
  withShardNames,
  withShardSuffix,
} from "@prune/tfjs/advanced";
import { badOption, WorkflowError } from "../errors.js";
import type { Opened, Prepared } from "../format.js";
import type { AskedPrune } from "../options/asked.js";
import { sizesIn } from "../samples/sizes-in.js";
import type { NewFile, NewModel, Store } from "../store/store.js";
import { answersOf } from "./answers.js";
import { compared } from "./compared.js";
import { gradientsOf } from "./gradients.js";
import { judging } from "./judging.js";
import { verified } from "./law.js";
import { readShards } from "./read-shards.js";
import { drawToRecover, recoverChecked } from "./recover.js";
import { type TfjsRuntime, useWidest } from "./tfjs-runtime.js";
import { timing } from "./timing.js";

/** Opens a model.json with its weights files, and traces it. */
export async function openTfjs(
  path: string,
  store: Store,
  parts: Pick<Given, "backend" | "runtime" | "sizes">,
): Promise<Opened<TfjsModel, TfjsModel>> {
  await useWidest(parts.runtime);
  const { model, files } = await readFrom(path, store);
  return openedOf({ ...parts, path, model, files, trace: parts.backend.trace(model) });
}

interface Given extends Parts, Pick<Opened, "path" | "files"> {
  readonly backend: TfjsBackend;
  /** Sizes of what the model leaves open, by name. */
  readonly sizes: SizesByName;
}

function openedOf(given: Given): Opened<TfjsModel, TfjsModel> {
  const { path, model, files, backend, runtime, sizes, trace } = given;
  return {
    path,
    model,
    backend,
    trace,
    files,
    kind: {
      format: isGraphModel(model) ? "tfjs-graph-model" : "tfjs-layers-model",
      irVersion: null,
      opset: null,
    },
    async compare(smaller, recipe, { samples }, from, job) {
      if (samples) throw badOption("data", "it needs an ONNX model");
      const sha256 = await backend.hash(model);
      const cut = trace.cut(planFromRecipe(trace, recipe, { sha256 }));
      const { model: found } = await readFrom(smaller, from);
      await job.begin("law");
      return compared({ model, trace, cut, smaller: found, sizes }, backend, runtime);
    },
    countedOn(samples) {
      const sampleSizes = sizesIn(samples, trace.source);
      const own = { backend: backend.withSizes({ sampleSizes }), sizes: { ...sampleSizes, ...sizes } };
      return openedOf({ ...given, ...own });
    },
    usualOutput: `${path.slice(0, path.lastIndexOf("/") + 1)}smaller`,
    answers: (samples, from) => answersOf({ model, trace, runtime }, samples, from),
    judging: (samples, { seed }, from, job) =>
      judging({ model, trace, runtime }, samples, {
        seed,
        store: from,
        job,
        read: async (smaller) => (await readFrom(smaller, from)).model,
      }),
    prepare: (asked, from) => prepared({ model, trace, runtime }, asked, from),
    formed({ norms }) {
      if (!isGraphModel(model))
        throw badOption("norms", "no layer of a LayersModel can count what left; convert it to a GraphModel");
      return openedOf({ ...given, backend: backend.withNorms(norms ?? "live") });
    },
    normsOver: (of, cut) => backend.normsOver(model, of, cut),
    edit: (of, cut) => backend.cut(model, of, cut),
    edited: (edit) => edit,
    written: (out, made) => newModel(out, "edit" in made ? made.edit : made.model),
    async output(out, to) {
      if (out === "-" || out.endsWith(".json") || (await to.size(out)) !== undefined)
        throw new WorkflowError("not-a-folder", { path: out });
      const names = ["model.json", ...(await shardNamesOf(model))];
      return { path: out, kind: "folder", companion: (name) => names.includes(withoutHash(name)) };
    },
    verify: async ({ trace: of, cut, edit }) => ({
      law: await verified({ model, trace: of, cut, smaller: edit, backend, sizes }, runtime),
    }),
    timing: (_, __, job) =>
      timing(
        { model, trace, backend, runtime, sizes, filesOf: (smaller) => newModel("smaller", smaller) },
        job,
      ),
    recover: (smaller, samples, how, job) => recoverChecked(smaller, samples, how, { runtime, job }),
  };
}

/** "group1-shard1of1.bin" of "group1-shard1of1.0123abcd.bin". */
const withoutHash = (name: string): string => name.replace(/\.[0-9a-f]{8,64}(?=(\.bin)?$)/, "");

interface Read {
  readonly model: TfjsModel;
  readonly files: Opened["files"];
}

async function readFrom(path: string, store: Store): Promise<Read> {
  const text = await store.read(path);
  const json = parseJson(new TextDecoder().decode(text));
  const locate = (shard: string): string => {
    try {
      return store.resolve(path, shard);
    } catch {
      throw new TfjsError("bad-shard-path", { path: shard });
    }
  };
  const paths = json.weightsManifest.flatMap((group) => group.paths.map(locate));
  const { data, lengths } = await readShards(paths, store);
  const files = paths.map((name, i) => ({ path: name, length: lengths[i] ?? 0 }));
  return { model: await modelOf(json, data), files: [{ path, length: text.length }, ...files] };
}

interface Parts {
  readonly model: TfjsModel;
  readonly trace: Opened["trace"];
  readonly runtime: TfjsRuntime;
}

/** Gradients are taken once, of samples of their own. */
async function prepared(
  { model, trace, runtime }: Parts,
  asked: AskedPrune,
  store: Store,
): Promise<Prepared> {
  const { samples: files, importance, recover, seed } = asked;
  if (!files) return {};
  const by = { runtime, store };
  const seen: Probe | undefined = importance.needs.includes("gradients")
    ? await gradientsOf(model, trace, files, seed, by)
    : undefined;
  const samples = recover ? await drawToRecover(model, trace, files, seed, by) : undefined;
  return { samples, probe: seen && (async (_: Cut) => seen) };
}

/** A model as its folder is written. */
export async function newModel(out: string, model: TfjsModel): Promise<NewModel> {
  const { json, shards } = await filesOfModel(model);
  const home = out.endsWith("/") ? out : `${out}/`;
  const inHome = (name: string): string => home + name;
  const named = (paths: ReadonlyMap<string, string>): NewFile => {
    const text = JSON.stringify(
      withShardNames(json, (name) => paths.get(inHome(name))?.slice(home.length) ?? name),
    );
    const bytes = new TextEncoder().encode(text);
    return { path: inHome("model.json"), length: bytes.length, chunks: () => [bytes] };
  };
  return {
    weights: shards.map(({ path, bytes }) => ({
      path: inHome(path),
      length: bytes.length,
      chunks: () => [bytes],
    })),
    model: named(new Map()),
    renamed: named,
    withSuffix: withShardSuffix,
  };
}
