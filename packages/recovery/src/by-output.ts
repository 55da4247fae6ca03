import type { Split } from "./choose-fit.js";
import { errorOf, type Fit, powerOf } from "./fit.js";
import type { Observed } from "./twins.js";

/**
 * A layer whose outputs are each scaled and shifted: fitted by what each gives now.
 * @param old the layer's weights by group.
 * @param splits by output: what it gives, with what it should give.
 */
export function byOutput(old: readonly Fit[], splits: readonly Split[]): Observed {
  const same = splits.map((): Fit => ({ weights: Float64Array.of(1), bias: new Float64Array(1) }));
  const power = splits.reduce((sum, { heldOut }) => sum + powerOf(heldOut), 0) || 1;
  return {
    splits,
    fits: same,
    clips: false,
    mixed: {
      how: "by output",
      layerOf: (fits) => scaled(old, fits),
      error: async (fits = same) =>
        splits.reduce((sum, { heldOut }, o) => sum + errorOf(heldOut, fits[o] as Fit), 0) / power,
    },
  };
}

/** Maps with every output scaled and shifted. */
function scaled(old: readonly Fit[], fits: readonly Fit[]): Fit[] {
  const each = fits.length / old.length;
  return old.map(({ weights, bias }, g) => {
    const n = weights.length / each;
    const of = (o: number): Fit => fits[g * each + o] as Fit;
    return {
      weights: weights.map((w, k) => w * (of(Math.floor(k / n)).weights[0] as number)),
      bias: bias.map((b, o) => b * (of(o).weights[0] as number) + (of(o).bias[0] as number)),
    };
  });
}
