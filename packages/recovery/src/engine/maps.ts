import type { Fit } from "../fit.js";

/** Sizes of a linear layer; inputs (channels times places of the window) and outputs are of one group. */
export interface MapSizes {
  readonly groups: number;
  readonly inputs: number;
  readonly outputs: number;
}

/** Where a format stores a weight: of a group, its output and its input. */
export type Placing = (group: number, output: number, input: number) => number;

/** Outputs of all groups one after the other, each with its inputs. */
const byOutput =
  ({ inputs, outputs }: MapSizes): Placing =>
  (g, o, i) =>
    (g * outputs + o) * inputs + i;

/** A layer's stored weights and bias as one affine map per group; no bias is zeros. */
export function mapsOf(
  sizes: MapSizes,
  weights: ArrayLike<number>,
  bias: ArrayLike<number> | undefined,
  at: Placing = byOutput(sizes),
): Fit[] {
  const { groups, inputs, outputs } = sizes;
  return Array.from({ length: groups }, (_, g) => {
    const map = new Float64Array(outputs * inputs);
    let k = 0;
    for (let o = 0; o < outputs; o++)
      for (let i = 0; i < inputs; i++) map[k++] = weights[at(g, o, i)] as number;
    return {
      weights: map,
      bias: Float64Array.from({ length: outputs }, (_, o) => bias?.[g * outputs + o] ?? 0),
    };
  });
}

/** Weights and bias as a format stores the maps of a layer's groups, in single precision. */
export function storedMaps(
  sizes: MapSizes,
  fits: readonly Fit[],
  at: Placing = byOutput(sizes),
): { readonly weights: Float32Array; readonly bias: Float32Array } {
  const { groups, inputs, outputs } = sizes;
  const weights = new Float32Array(groups * outputs * inputs);
  const bias = new Float32Array(groups * outputs);
  fits.forEach((fit, g) => {
    let k = 0;
    for (let o = 0; o < outputs; o++) {
      bias[g * outputs + o] = fit.bias[o] as number;
      for (let i = 0; i < inputs; i++) weights[at(g, o, i)] = fit.weights[k++] as number;
    }
  });
  return { weights, bias };
}
