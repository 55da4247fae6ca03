/** One candidate of a search. */
export interface Tried {
  /** What it leaves, as a share; more than was asked where nothing smaller can be made. */
  readonly left: number;
  readonly holds: boolean;
}

/**
 * The smallest share whose candidate holds, by bisection down from 1, which is taken to hold. Ends when the shares on
 * both sides are no further apart than `tolerance`, or when nothing smaller can be made; undefined if none holds.
 */
export async function smallestThatHolds<T extends Tried>(
  attempt: (share: number) => Promise<T>,
  tolerance: number,
): Promise<T | undefined> {
  let low = 0;
  let high = 1;
  let best: T | undefined;
  while (high - low > tolerance) {
    const middle = (low + high) / 2;
    const found = await attempt(middle);
    const isFloor = found.left > middle;
    if (found.holds) {
      best = found;
      if (isFloor) break;
      high = found.left;
    } else low = isFloor ? found.left : middle;
  }
  return best;
}
