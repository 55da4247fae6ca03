import { TfjsError } from "../errors.js";

/** Sizes of weights: each has at least one stored element for each of its positions. */
const stored = ["units", "filters", "input_dim", "output_dim"];

/** Sizes of windows and activations, for which memory is taken. */
const free = ["kernel_size", "pool_size", "strides", "dilation_rate", "depth_multiplier", "n", "size"];

/** No network has sizes beyond; such a number comes from damage. */
const most = 2 ** 24;

/** Throws a typed error where a layer's sizes are no sizes, or ones that its stored weights can't have. */
export function checkSizes(kind: string, config: Readonly<Record<string, unknown>>, elements: number): void {
  for (const name of stored) check(kind, name, config[name], Math.min(most, elements));
  for (const name of free) check(kind, name, config[name], most);
  const shape = config.batch_input_shape;
  if (shape === undefined || shape === null) return;
  if (!Array.isArray(shape) || !shape.every((size) => size === null || isSize(size, 2 ** 31)))
    throw wrong(kind, "batch_input_shape", shape, "a list of sizes");
}

function check(kind: string, name: string, value: unknown, limit: number): void {
  if (value === undefined || value === null) return;
  const sizes: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (!sizes.every((size) => isSize(size, limit)))
    throw wrong(kind, name, value, `from 1 to ${limit}, which is what its stored weights allow`);
}

const isSize = (value: unknown, limit: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 1 && (value as number) <= limit;

const wrong = (kind: string, name: string, value: unknown, want: string): TfjsError =>
  new TfjsError("malformed", {
    where: `a layer of class ${kind}`,
    why: `its ${name} is ${JSON.stringify(value)?.slice(0, 80)}, and must be ${want}`,
  });
