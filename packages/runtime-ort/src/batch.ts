import { RuntimeError } from "./error.js";
import { type Input, inputsOf } from "./inputs.js";
import type { Samples } from "./samples.js";
import type { Session } from "./session.js";
import { encode, type Values } from "./values.js";

/** How a session takes samples: how many at once, and in which shape and order. */
export interface Batcher {
  readonly input: string;
  readonly size: number;
  /** The samples from `start` on; the last one again where they run out before a fixed batch is full. */
  values(start: number): Values;
}

/** Fits samples (channels, height, width) to a session's one input: channels last or flat too, a batch fixed or not. */
export function batcherOf(
  session: Session,
  samples: Samples,
  shape: readonly number[],
  batch: number,
): Batcher {
  const input = inputsOf(session)[0];
  const fit = input && fitOf(input, shape, batch);
  if (!input || input.type === "other" || !fit || session.inputNames.length !== 1)
    throw misfit(session, shape);
  const { type, name } = input;
  const { dims, size, channelsLast } = fit;
  return {
    input: name,
    size,
    values(start) {
      const numbers = new Array<number>(size * samples.size);
      for (let slot = 0; slot < size; slot++) {
        const sample = samples.read(Math.min(start + slot, samples.count - 1));
        const order = channelsLast ? lastAxis(shape) : (index: number): number => index;
        for (let index = 0; index < sample.length; index++)
          numbers[slot * samples.size + order(index)] = sample[index] ?? 0;
      }
      const values = encode(type, dims, numbers);
      if (!values) throw new RuntimeError("input-type", { input: name, type });
      return values;
    },
  };
}

interface Fit {
  readonly dims: readonly number[];
  readonly size: number;
  readonly channelsLast: boolean;
}

function fitOf(input: Input, shape: readonly number[], batch: number): Fit | undefined {
  const declared = input.shape ?? [];
  const [channels = 1, ...plane] = shape;
  const isLast = (dims: readonly unknown[]): boolean =>
    channels > 1 && dims.length === shape.length + 1 && matches(dims.slice(1), [...plane, channels]);
  const channelsLast = isLast(declared) && !matches(declared.slice(1), shape);
  const rest = declared.slice(1).map((dim, place) => {
    if (typeof dim === "number") return dim;
    return declared.length === shape.length + 1
      ? (channelsLast ? [...plane, channels] : shape)[place]
      : undefined;
  });
  if (rest.includes(undefined)) return undefined;
  const [sample, row] = [product(shape), product(rest as number[])];
  const first = declared[0];
  if (row === sample) {
    const size = typeof first === "number" ? first : batch;
    return { dims: [size, ...(rest as number[])], size, channelsLast };
  }
  // No batch dim at all: the whole input is one sample.
  if (typeof first !== "number" || declared.length > shape.length || first * row !== sample) return undefined;
  return { dims: [first, ...(rest as number[])], size: 1, channelsLast: false };
}

function matches(dims: readonly unknown[], sizes: readonly number[]): boolean {
  return (
    dims.length === sizes.length &&
    dims.every((dim, place) => typeof dim !== "number" || dim === sizes[place])
  );
}

function lastAxis([channels = 1, ...plane]: readonly number[]): (index: number) => number {
  const area = product(plane);
  return (index) => (index % area) * channels + Math.floor(index / area);
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

function misfit(session: Session, shape: readonly number[]): RuntimeError {
  const inputs = inputsOf(session);
  const model = inputs.map(({ type, shape: dims }) => `${type}[${dims?.join(",") ?? "?"}]`).join(" and ");
  const input = inputs.map(({ name }) => name).join(", ");
  return new RuntimeError("samples-input", { input, model, shape: shape.join("x") });
}
