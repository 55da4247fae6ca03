import type { Model } from "@prune/onnx";
import { type SampleConfig, shuffled, type ValuesByName } from "@prune/runtime-ort";
import { CliError } from "./errors.js";
import { readBytes, readJson } from "./files.js";

/** Unlabelled samples as `prune eval` reads images: bytes, and JSON that says what they are. */
export interface SampleFiles {
  readonly data: string;
  readonly config: string;
}

/** More samples change little and take longer. */
const most = 1024;
const float32 = 1;

/** At most 1,024 samples drawn with the seed, in random order, in batches that the model takes. */
export function readSamples(
  { data: path, config }: SampleFiles,
  { graph }: Model,
  seed: number,
): ValuesByName[] {
  const bad = (why: string): CliError => new CliError("bad-samples", { path, why });
  const { shape, mean = 0, std = 1 } = sampleConfig(config);
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name));
  const [input] = inputs;
  if (!input || inputs.length !== 1 || input.elementType !== float32)
    throw bad("samples fit models with one float32 input only");
  const [first, ...dims] = input.shape ?? [undefined, ...shape];
  if (dims.length !== shape.length || dims.some((dim, i) => typeof dim === "number" && dim !== shape[i]))
    throw bad(
      `the model takes ${dims.map((dim) => dim ?? "?").join("x")}, ${config} says ${shape.join("x")}`,
    );

  const bytes = readBytes(path);
  const size = shape.reduce((product, dim) => product * dim, 1);
  if (bytes.length === 0 || bytes.length % size !== 0)
    throw bad(`${bytes.length} bytes are no whole number of samples of ${size} bytes (${shape.join("x")})`);
  const plane = size / (shape[0] ?? 1);
  const at = (numbers: number | readonly number[], i: number): number =>
    typeof numbers === "number" ? numbers : (numbers[Math.floor((i % size) / plane)] ?? Number.NaN);
  const values = Float32Array.from(bytes, (byte, i) => (byte / 255 - at(mean, i)) / at(std, i));

  const available = Math.min(most, bytes.length / size);
  const isFixed = typeof first === "number" && first > 0;
  const batch = isFixed ? first : Math.max(1, Math.min(64, Math.floor(available / 8)));
  const count = isFixed ? available - (available % batch) : available;
  if (count / batch < 3) throw bad(`3 batches of ${batch} are needed, there are ${available} samples`);
  return shuffled(input.name, values, shape, { count, batch, seed });
}

function sampleConfig(path: string): SampleConfig {
  const { shape, mean = 0, std = 1 } = (readJson(path) ?? {}) as Partial<SampleConfig>;
  const bad = (why: string): CliError => new CliError("bad-samples", { path, why });
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every((dim) => Number.isInteger(dim) && dim > 0))
    throw bad('it needs "shape", positive integers such as [3, 32, 32]');
  for (const [name, value] of Object.entries({ mean, std })) {
    const numbers: readonly unknown[] = Array.isArray(value) ? value : Array(shape[0]).fill(value);
    if (numbers.length !== shape[0] || !numbers.every(Number.isFinite))
      throw bad(`"${name}" must be a number, or ${shape[0]}, one per channel`);
    if (name === "std" && numbers.includes(0)) throw bad('"std" is 0');
  }
  return { shape: shape as readonly number[], mean, std };
}
