import { type Column, type Numbers, product } from "./columns.js";
import { type SampleConfig, sampleConfig } from "./config.js";
import { converter } from "./convert.js";
import type { FeedData, FeedType } from "./element-types.js";
import { type Entries, openEntries, type SampleFiles, type TextWindows } from "./entries.js";
import { SamplesError } from "./errors.js";
import { fitOf } from "./fit.js";
import type { ModelInput } from "./inputs.js";
import { isLabels, labelsFile, readLabels } from "./labels.js";
import { memoryColumn } from "./raw.js";

/** One input of a model for one batch: a feed of onnxruntime. */
export interface Feed {
  readonly type: FeedType;
  readonly dims: readonly number[];
  readonly data: FeedData;
}

/** Some samples at once. */
export interface Batch {
  /** By the model's inputs. */
  readonly feeds: Readonly<Record<string, Feed>>;
  /** Samples in it, without those that only fill a fixed batch. */
  readonly count: number;
  readonly labels: Int32Array | undefined;
}

/** Samples that fit a model. Those that are asked for are read; the rest stays where it is. */
export interface Samples {
  readonly count: number;
  readonly labels: Int32Array | undefined;
  /** Names by label, if the samples have them. */
  readonly classes: readonly string[] | undefined;
  /** Set where they are text. */
  readonly text?: TextWindows | undefined;
  /** Samples that the model takes at once; undefined where it leaves that open. */
  readonly fixedBatch: number | undefined;
  /** The samples at some places, in that order; a fixed batch is filled with the last of them. */
  read(places: ArrayLike<number>): Promise<Batch>;
  /** The same for several batches: archives are gone through once for all of them. */
  readAll(batches: readonly ArrayLike<number>[]): Promise<Batch[]>;
}

/** What samples are, and where their labels lie. */
export interface SamplesOptions {
  /** What the samples are: a `SampleConfig`, or parsed JSON, which is checked. */
  readonly config?: unknown;
  /** Labels: an entry of the samples, or a file (.npy, .json, else a byte each). @default an entry y, label or labels */
  readonly labels?: string | undefined;
}

/** Opens samples for a model's inputs, wherever they lie: .npy, .json, raw bytes, and what their place knows to open. */
export async function samplesIn(
  files: SampleFiles,
  path: string,
  inputs: readonly ModelInput[],
  { config: json = {}, labels }: SamplesOptions = {},
): Promise<Samples> {
  const config = sampleConfig(json);
  const entries = await openEntries(files, path, inputs, config);
  const own = entryOfLabels(entries, config, labels);
  const columns = entries.columns.filter((column) => column !== own);
  const asked = own ?? (labels === undefined ? undefined : await labelsFile(files, labels));
  const counts = columns.map(({ name = "it", count }) => `${name} has ${count}`);
  if (new Set(columns.map(({ count }) => count)).size > 1)
    throw new SamplesError("samples-count", { counts: counts.join(", ") });
  const count = columns[0]?.count ?? 0;
  if (count === 0) throw new SamplesError("bad-file", { path, why: "it holds no samples" });
  if (count > mostSamples)
    throw new SamplesError("bad-file", {
      path,
      why: `it holds ${count} samples, and ${mostSamples} are the most`,
    });
  return samplesOf(inputs, columns, config, {
    labels: asked ? await readLabels(asked, count) : entries.labels,
    classes: config.classes ?? entries.classes,
    ...(entries.text && { text: entries.text }),
  });
}

/** The same of raw bytes in memory, N x C x H x W, with a label byte each. */
export async function samplesOfBytes(
  images: Uint8Array,
  labels: Uint8Array | undefined,
  inputs: readonly ModelInput[],
  json: unknown,
): Promise<Samples> {
  const { shape, ...config } = sampleConfig(json);
  if (!shape)
    throw new SamplesError("config-invalid", {
      field: "shape",
      reason: "it must be positive integers, [C, H, W]",
    });
  const column = memoryColumn(images, shape);
  return samplesOf(inputs, [column], config, {
    labels: labels && (await readLabels(memoryColumn(labels, [1]), column.count)),
    classes: config.classes,
  });
}

/** Of one sample: more than any model takes. */
const mostNumbers = 2 ** 27;

/** They are drawn out of a list of all. */
const mostSamples = 2 ** 27;

function entryOfLabels(
  { columns }: Entries,
  { inputs = {} }: SampleConfig,
  asked?: string,
): Column | undefined {
  if (columns.length < 2) return undefined;
  const feeding = new Set(Object.values(inputs));
  return columns.find(({ name }) =>
    asked === undefined ? isLabels(name) && !feeding.has(name as string) : name === asked,
  );
}

function samplesOf(
  inputs: readonly ModelInput[],
  columns: readonly Column[],
  config: SampleConfig,
  labelled: Pick<Samples, "labels" | "classes" | "text">,
): Samples {
  const fed = inputs.map((input) => {
    const column = columnFor(input, inputs, columns, config);
    const fit = fitOf(input, column.shape);
    const size = product(column.shape);
    if (size > mostNumbers)
      throw new SamplesError("bad-file", {
        path: column.name ?? input.name,
        why: `a sample of ${column.shape.join("x")} holds ${size} numbers, and ${mostNumbers} are the most`,
      });
    return { input, column, fit, ...converter(input, column, fit, config) };
  });
  const fixed = new Set(fed.map(({ fit }) => fit.batch).filter((batch) => batch !== undefined));
  const fixedBatch = fixed.size > 0 ? Math.max(...fixed) : undefined;
  const { labels } = labelled;
  /** What is stored for each of the places, which a fixed batch is filled up with. */
  const filledOf = (places: ArrayLike<number>): Int32Array =>
    Int32Array.from(
      { length: fixedBatch ?? places.length },
      (_, i) => places[Math.min(i, places.length - 1)] as number,
    );
  const batchOf = (places: ArrayLike<number>, filled: Int32Array, stored: readonly Numbers[]): Batch => {
    const feeds = Object.create(null) as Record<string, Feed>;
    for (const [i, { input, fit, convert }] of fed.entries())
      feeds[input.name] = {
        type: input.type as FeedType,
        dims: fit.single ? fit.dims : [filled.length, ...fit.dims],
        data: convert(stored[i] as Numbers, filled),
      };
    const own = labels && Int32Array.from(places, (place) => labels[place] as number);
    return { feeds, count: places.length, labels: own };
  };
  return {
    ...labelled,
    count: columns[0]?.count ?? 0,
    fixedBatch,
    async read(places) {
      const filled = filledOf(places);
      const stored: Numbers[] = [];
      for (const { column } of fed) stored.push(await column.read(filled));
      return batchOf(places, filled, stored);
    },
    async readAll(batches) {
      const filled = batches.map(filledOf);
      const ahead = new Map<Column, Numbers>();
      const all = filled.flatMap((places) => [...places]);
      for (const { column } of fed)
        if (column.isSequential && !ahead.has(column)) ahead.set(column, await column.read(all));
      const made: Batch[] = [];
      for (let b = 0, start = 0; b < batches.length; b++) {
        const places = filled[b] as Int32Array;
        const stored: Numbers[] = [];
        for (const { column } of fed) {
          const size = product(column.shape);
          stored.push(
            ahead.get(column)?.subarray(start * size, (start + places.length) * size) ??
              (await column.read(places)),
          );
        }
        made.push(batchOf(batches[b] as ArrayLike<number>, places, stored));
        start += places.length;
      }
      return made;
    },
  };
}

/** The entry that feeds an input: the one named for it, of its own name, or the only one of a model's only input. */
function columnFor(
  { name }: ModelInput,
  inputs: readonly ModelInput[],
  columns: readonly Column[],
  config: SampleConfig,
): Column {
  const given = config.inputs && Object.hasOwn(config.inputs, name) ? config.inputs[name] : undefined;
  const entry = given ?? name;
  // TensorFlow.js says "x:0" of the tensor x.
  const found = columns.find((column) => column.name === entry || column.name === entry.replace(/:0$/, ""));
  const [only] = columns;
  if (found) return found;
  if (only && columns.length === 1 && inputs.length === 1 && given === undefined) return only;
  const entries = columns.map((column) => column.name ?? "one without a name").join(", ");
  throw new SamplesError("input-missing", { input: name, entries });
}
