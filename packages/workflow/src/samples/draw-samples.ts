import type { Input, ValuesByName } from "@prune/runtime-ort";
import { draw, type SampleConfig, type Samples, samplesIn } from "@prune/samples";
import { WorkflowError } from "../errors.js";
import { readJson } from "../store/read-json.js";
import { type Store, samplesOf } from "../store/store.js";

/** Samples in a store. */
export interface StoredSamples {
  readonly data: string;
  /** What they are: a JSON file, or what it would hold. */
  readonly config?: string | SampleConfig;
  /** An entry of the samples or a file. */
  readonly labels?: string;
  /** Samples to draw at most: more change little and take longer. @default 1024 */
  readonly most?: number;
  /** The model that they are for, in whose folder text finds its tokenizer. */
  readonly model?: string;
}

/** The same for a model of the store. */
export const samplesFor = <Given extends StoredSamples | undefined>(given: Given, model: unknown): Given =>
  given && typeof model === "string" ? { model, ...given } : given;

/** Files among them that outputs must not take the place of. */
export const filesOf = ({ data, config, labels }: StoredSamples): string[] =>
  [data, config, labels].filter((path) => typeof path === "string");

/** Opens samples for a model's inputs. */
export async function openData(
  store: Store,
  { data, config: given, labels, model }: StoredSamples,
  inputs: readonly Input[],
): Promise<Samples> {
  const config = typeof given === "string" ? await readJson(store, given) : (given ?? {});
  const tokenizer = model === undefined ? undefined : folderOf(model);
  const isObject = typeof config === "object" && config !== null && !Array.isArray(config);
  return samplesIn(samplesOf(store), data, inputs, {
    config: tokenizer !== undefined && isObject ? { tokenizer, ...config } : config,
    labels,
  });
}

function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return end < 0 ? "." : path.slice(0, Math.max(1, end));
}

/** Samples that were drawn: in random order, in batches that the model takes. */
export interface Drawn {
  readonly batches: readonly ValuesByName[];
  /** Of the samples in the order of the batches. */
  readonly labels: Int32Array | undefined;
  readonly count: number;
  /** The file that they are from. */
  readonly path: string;
}

export interface DrawOptions {
  readonly seed: number;
  /** Samples to draw at most, if nobody says. @default 1024 */
  readonly most?: number;
  /** Samples in a batch at most, where the model leaves that open. @default 64 */
  readonly batch?: number;
}

/** Samples that are drawn unless options say otherwise. */
export const samplesToDraw = 1024;

/** The same to check a law on: one that holds on a few holds. */
export const samplesToVerify = 64;

/** The same for a search for the smallest model that holds something. */
export const samplesToKeep = 3072;

/** Tokens of text that a model answers at once: each answer is as long as its vocabulary. */
const tokensAtOnce = 2048;

/** Draws samples with the seed. Fixed batches are full ones: what is left over stays out. */
export async function drawSamples(
  store: Store,
  files: StoredSamples,
  inputs: readonly Input[],
  { seed, most = samplesToDraw, batch: largest = 64 }: DrawOptions,
): Promise<Drawn> {
  const samples = await openData(store, files, inputs);
  const available = Math.min(files.most ?? most, samples.count);
  const atOnce = Math.min(64, largest, Math.floor(available / 8), tokensAtOnce / (samples.text?.length ?? 1));
  const batch = samples.fixedBatch ?? Math.max(1, Math.floor(atOnce));
  const count = samples.fixedBatch ? available - (available % batch) : available;
  if (count === 0)
    throw new WorkflowError("bad-samples", {
      path: files.data,
      why: `the model takes ${batch} samples at once, there are ${available}`,
    });
  const order = draw(samples.count, count, seed);
  const places: Int32Array[] = [];
  for (let start = 0; start < count; start += batch) places.push(order.subarray(start, start + batch));
  const batches: readonly ValuesByName[] = (await samples.readAll(places)).map(({ feeds }) => feeds);
  const { labels } = samples;
  return {
    batches,
    labels: labels && order.map((place) => labels[place] as number),
    count,
    path: files.data,
  };
}

/** What samples take in memory, in bytes. */
export const bytesIn = (batches: Drawn["batches"]): number =>
  batches
    .flatMap((feeds) => Object.values(feeds))
    .reduce((sum, { data }) => sum + (ArrayBuffer.isView(data) ? data.byteLength : 8 * data.length), 0);
