import { errorOf, type Fit, type Observed, powerOf } from "@prune/recovery";
import { type LayerRows, momentsPass, throughFits } from "../statistics/passes.js";
import { fitsOf } from "./fits.js";
import type { PlannedLayer } from "./layer-plan.js";

/** A layer with very many inputs: each of its outputs from what it gives now. */
export async function scaledLayer({ linear }: PlannedLayer, rows: LayerRows): Promise<Observed> {
  const old = fitsOf(linear);
  const q = linear.outputs;
  const given = await throughFits(rows, old);
  const splits = await momentsPass({ ...given, groups: q, inputs: q, targets: q });
  const same = Array.from(
    { length: q },
    (): Fit => ({ weights: Float64Array.of(1), bias: new Float64Array(1) }),
  );
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
