import type { Tail } from "@prune/recovery/advanced";

/** Targets, what fits make of the same rows and what is added behind them: [groups, rows, channels] each. */
export interface Behind {
  readonly z: Float32Array;
  readonly got: Float32Array;
  readonly rest: Float32Array | undefined;
}

export interface MovedTargets {
  /** Targets that a clip hides are moved to where the fits are, or to its edge; the others stay to the last bit. */
  readonly z: Float32Array;
  /** Squared error of what passes the clip, and the square of what should. */
  readonly error: number;
  readonly power: number;
}

/** What is clipped is scale z + shift + rest. */
export function behindClip(
  { z, got, rest }: Behind,
  { scale, shift, clip }: Tail,
  { groups, channels }: { readonly groups: number; readonly channels: number },
): MovedTargets {
  const { low = 0, high = Number.POSITIVE_INFINITY } = clip ?? {};
  const limit = (value: number): number => Math.min(Math.max(value, low), high);
  const moved = new Float32Array(z.length);
  const perGroup = z.length / groups;
  let [error, power] = [0, 0];
  for (let g = 0, i = 0; g < groups; g++)
    for (const end = i + perGroup; i < end; )
      for (let o = g * channels; o < (g + 1) * channels; o++, i++) {
        const [by, plus] = [scale ? (scale[o] as number) : 1, shift ? (shift[o] as number) : 0];
        const beside = rest ? (rest[i] as number) : 0;
        const want = (z[i] as number) * by + plus + beside;
        const have = (got[i] as number) * by + plus + beside;
        let target = want;
        if (!(want > low)) target = Math.min(have, low);
        if (!(want < high)) target = Math.max(have, high);
        moved[i] = target === want ? (z[i] as number) : (target - beside - plus) / by;
        const seen = limit(want);
        error += (seen - limit(have)) ** 2;
        power += seen ** 2;
      }
  return { z: moved, error, power };
}
