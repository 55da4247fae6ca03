import { product } from "./columns.js";
import { SamplesError } from "./errors.js";
import { inputText, type ModelInput, numbersIn } from "./inputs.js";

/** How stored samples become a model's input. */
export interface Fit {
  /** Dims of one sample in the model. */
  readonly dims: readonly number[];
  /** Samples that the model takes at once; undefined where it leaves that open. */
  readonly batch: number | undefined;
  /** The model's input has no dim for samples: it takes one. */
  readonly single: boolean;
  /** Dims of the stored sample in the model's order, where that is another one. */
  readonly order: readonly number[] | undefined;
}

/** Fits samples as they are, with channels first made last or last made first, or flat. */
export function fitOf(input: ModelInput, shape: readonly number[]): Fit {
  const { shape: declared } = input;
  if (!declared) return { dims: shape, batch: undefined, single: false, order: undefined };
  const [first, ...rest] = numbersIn(declared);
  const found = declared.length > 0 ? placed(rest, shape) : undefined;
  if (found) return { ...found, batch: first, single: false };
  const whole = placed(numbersIn(declared), shape);
  if (whole && whole.dims.length >= shape.length) return { ...whole, batch: 1, single: true };
  throw new SamplesError("samples-input", {
    input: input.name,
    model: inputText(input),
    shape: shape.join("x"),
  });
}

/** Dims of a model, filled with the sizes of a sample, and the order that its dims come in. */
function placed(
  dims: readonly (number | undefined)[],
  shape: readonly number[],
): Pick<Fit, "dims" | "order"> | undefined {
  const rank = shape.length;
  const orders = [undefined, ...(rank > 1 ? [lastFirst(rank), firstLast(rank)] : [])];
  for (const order of orders) {
    const sizes = order ? order.map((d) => shape[d] as number) : shape;
    if (dims.length === rank && dims.every((dim, d) => dim === undefined || dim === sizes[d]))
      return { dims: sizes, order };
  }
  if (dims.some((dim) => dim === undefined)) return undefined;
  const known = dims as readonly number[];
  const [wanted, given] = [squeezed(known), squeezed(shape)];
  const isFlat = wanted.length <= 1 || given.length <= 1;
  if (String(wanted) === String(given) || (isFlat && product(known) === product(shape)))
    return { dims: known, order: undefined };
  return undefined;
}

const squeezed = (sizes: readonly number[]): number[] => sizes.filter((size) => size !== 1);

const range = (rank: number): number[] => Array.from({ length: rank }, (_, d) => d);
/** Channels go from the front to the end. */
const firstLast = (rank: number): number[] => [...range(rank).slice(1), 0];
/** And back. */
const lastFirst = (rank: number): number[] => [rank - 1, ...range(rank).slice(0, -1)];
