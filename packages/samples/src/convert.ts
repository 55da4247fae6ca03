import { type Numbers, product } from "./columns.js";
import type { SampleConfig } from "./config.js";
import { elementOf, type FeedData } from "./element-types.js";
import { SamplesError } from "./errors.js";
import type { Fit } from "./fit.js";
import type { ModelInput } from "./inputs.js";

/** Makes a model's input out of stored samples. */
export interface Converter {
  /** Elements of the samples in the model's type and order; `places` says which samples they are, for errors. */
  convert(values: Numbers, places: ArrayLike<number>): FeedData;
}

interface Stored {
  readonly shape: readonly number[];
  readonly isBytes: boolean;
}

/** (value x scale - mean) / std per channel, in the order and the element type of the model. */
export function converter(
  input: ModelInput,
  { shape, isBytes }: Stored,
  { order }: Fit,
  config: SampleConfig,
): Converter {
  const element = elementOf(input.type);
  if (!element) throw new SamplesError("input-type", { input: input.name, type: input.type });
  const { make, least, most, store, isFloat = false } = element;
  const size = product(shape);
  const { scale = isBytes && isFloat ? 1 / 255 : 1 } = config;
  const channel = channelsOf(shape, config);
  const shift = channel("mean", 0);
  const spread = channel("std", 1);
  const from = order && sources(shape, order);
  const refuse = (value: number, sample: number): never => {
    throw new SamplesError("bad-value", { input: input.name, sample, value, type: input.type });
  };
  return {
    convert(values, places) {
      const out = make(values.length);
      for (let s = 0, o = 0; s < places.length; s++)
        for (let i = 0; i < size; i++, o++) {
          const at = from ? (from[i] as number) : i;
          const value =
            ((values[s * size + at] as number) * scale - (shift[at] as number)) / (spread[at] as number);
          if (!(value >= least && value <= most) || (!isFloat && !Number.isInteger(value)))
            refuse(value, places[s] as number);
          out[o] = store ? store(value) : value;
        }
      return out;
    },
  };
}

/** A number per element of a sample, out of one per channel. */
function channelsOf(
  shape: readonly number[],
  config: SampleConfig,
): (field: "mean" | "std", otherwise: number) => Float64Array {
  const size = product(shape);
  return (field, otherwise) => {
    const given = config[field] ?? otherwise;
    if (typeof given === "number") return new Float64Array(size).fill(given);
    const dim = shape[0] === given.length ? 0 : shape.at(-1) === given.length ? shape.length - 1 : undefined;
    if (dim === undefined)
      throw new SamplesError("config-invalid", {
        field,
        reason: `it has ${given.length} numbers, and samples of ${shape.join("x")} have no such channels`,
      });
    const inner = product(shape.slice(dim + 1));
    return Float64Array.from(
      { length: size },
      (_, i) => given[Math.floor(i / inner) % given.length] as number,
    );
  };
}

/** Where each element of a sample in the model's order is stored. */
function sources(shape: readonly number[], order: readonly number[]): Int32Array {
  const strides = order.map((d) => product(shape.slice(d + 1)));
  const sizes = order.map((d) => shape[d] as number);
  const at = new Array<number>(order.length).fill(0);
  return Int32Array.from({ length: product(shape) }, () => {
    const from = at.reduce((sum, place, d) => sum + place * (strides[d] as number), 0);
    for (let d = at.length - 1; d >= 0 && ++at[d]! === sizes[d]; d--) at[d] = 0;
    return from;
  });
}
