import type { Weight } from "../model.js";

const floating: ReadonlySet<string> = new Set(["float32", "float64", "float16", "bfloat16"]);

/** The first NaN or infinity among a weight's values, by flat index. */
export function findNonFinite(
  weight: Weight,
): { readonly index: number; readonly value: number } | undefined {
  if (!floating.has(weight.dtype)) return undefined;
  const { data } = weight.tensor();
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (value - value !== 0) return { index, value };
  }
  return undefined;
}
