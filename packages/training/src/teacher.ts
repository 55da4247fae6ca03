import type { Model } from "@prune/onnx";
import type { InferenceSession } from "onnxruntime-common";
import type { TrainingFeed } from "./data.js";
import { partOf } from "./part-of.js";
import { type Tensors, type TrainingOrt, tensor } from "./runtime.js";

/** What a teacher makes of a batch. */
export interface Teacher {
  /** By the inputs of the loss. `places` say which samples these are, where they are as they were read. */
  of(feeds: Readonly<Record<string, TrainingFeed>>, places: ArrayLike<number> | undefined): Promise<Tensors>;
  release(): Promise<void>;
}

/** Scores of so many numbers in all are kept for the samples that do not change. */
const kept = 1 << 26;

export async function openTeacher(
  ort: TrainingOrt,
  model: Model,
  taught: ReadonlyMap<string, string>,
  samples: number,
  options: InferenceSession.SessionOptions,
): Promise<Teacher> {
  const outputs = [...new Set(taught.values())];
  const session = await ort.InferenceSession.create(partOf(model, outputs), options);
  const rows = new Map<number, readonly Float32Array[]>();
  const run = async (feeds: Readonly<Record<string, TrainingFeed>>): Promise<Tensors> => {
    const fed: Tensors = {};
    for (const name of session.inputNames) {
      const feed = feeds[name];
      if (feed) fed[name] = tensor(ort, feed.type, feed.data, feed.dims);
    }
    return (await session.run(fed)) as Tensors;
  };
  const byInput = (
    made: readonly { readonly dims: readonly number[]; readonly data: Float32Array }[],
  ): Tensors =>
    Object.fromEntries(
      [...taught].map(([input, output]) => {
        const { dims, data } = made[outputs.indexOf(output)] as (typeof made)[number];
        return [input, tensor(ort, "float32", data, dims)];
      }),
    );
  let shapes: readonly (readonly number[])[] = [];
  return {
    async of(feeds, places) {
      const list = places && Array.from(places);
      if (list?.every((place) => rows.has(place)))
        return byInput(
          outputs.map((_, o) => {
            const each = list.map((place) => rows.get(place)?.[o] as Float32Array);
            const [first] = each as [Float32Array];
            const data = new Float32Array(each.length * first.length);
            each.forEach((row, i) => {
              data.set(row, i * first.length);
            });
            return { dims: [each.length, ...(shapes[o] as readonly number[]).slice(1)], data };
          }),
        );
      const found = await run(feeds);
      const made = outputs.map((name) => {
        const { dims, data } = found[name] as Tensors[string];
        return { dims, data: Float32Array.from(data as Float32Array) };
      });
      const isByRow = list && made.every(({ dims }) => dims[0] === list.length);
      const row = made.reduce((sum, { data }) => sum + data.length / (list?.length || 1), 0);
      if (isByRow && row * samples < kept) {
        shapes = made.map(({ dims }) => dims);
        list.forEach((place, i) => {
          rows.set(
            place,
            made.map(({ data }) => {
              const length = data.length / list.length;
              return data.slice(i * length, (i + 1) * length);
            }),
          );
        });
      }
      return byInput(made);
    },
    async release() {
      await session.release();
    },
  };
}
