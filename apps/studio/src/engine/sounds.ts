import type { ModelInput } from "@prune/samples";
import type { Entries } from "@prune/samples/advanced";
import type { NamedFile } from "./protocol.js";
import { byPath, folderLabels } from "./sample-files.js";

/** More windows than this show nothing more, and take long. */
const mostWindows = 4096;

/**
 * Sounds as samples: the page has decoded them to one channel of float32 at the model's rate. Each is cut into windows of
 * the model's length, one after the other, the last filled up with silence. A model of any length gets the first part of
 * each that all of them have.
 */
export async function soundEntries(
  files: readonly NamedFile[],
  inputs: readonly ModelInput[],
): Promise<Entries> {
  const sorted = byPath(files);
  const waves = await Promise.all(sorted.map(async ({ file }) => new Float32Array(await file.arrayBuffer())));
  const fixed = windowLength(inputs);
  const length = fixed ?? Math.max(1, Math.min(...waves.map((wave) => wave.length)));
  const windows = waves.flatMap((wave, from) =>
    Array.from(
      { length: fixed === undefined ? 1 : Math.max(1, Math.ceil(wave.length / length)) },
      (_, i) => ({
        from,
        values: wave.subarray(i * length, (i + 1) * length),
      }),
    ),
  );
  const some = windows.slice(0, mostWindows);
  const { labels, classes } = folderLabels(sorted);
  return {
    columns: [
      {
        name: undefined,
        count: some.length,
        shape: [length],
        isBytes: false,
        async read(places) {
          const out = new Float32Array(places.length * length);
          for (let i = 0; i < places.length; i++)
            out.set(some[places[i] as number]?.values ?? [], i * length);
          return out;
        },
      },
    ],
    labels: labels && Int32Array.from(some, ({ from }) => labels[from] as number),
    classes,
  };
}

/** Values of sound that a model takes at once; undefined where it takes any number. */
function windowLength(inputs: readonly ModelInput[]): number | undefined {
  const [input] = inputs;
  if (!input || inputs.length !== 1)
    throw new Error(
      `Sounds feed one input, and the model has ${inputs.map(({ name }) => name).join(", ")}. Give arrays (.npz) with an entry for each.`,
    );
  const { shape = [] } = input;
  // The first dim counts samples, unless it is the only one.
  const own = shape.length > 1 ? shape.slice(1) : shape;
  const sizes = own.filter((size) => size !== 1);
  if (sizes.some((size) => typeof size === "number") && sizes.length > 1)
    throw new Error(
      `The model's input "${input.name}" takes [${shape.map((size) => size ?? "?").join(", ")}], no plain sound of one channel: it may want a spectrogram. Give arrays (.npz, .npy) of what it takes.`,
    );
  const [size] = sizes;
  return typeof size === "number" ? size : undefined;
}
