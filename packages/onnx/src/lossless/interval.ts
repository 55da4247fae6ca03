/** Where a channel's values lie, whatever the model's inputs are; a constant when both ends are equal. */
export interface Interval {
  readonly lo: number;
  readonly hi: number;
}

export const anything: Interval = { lo: -Infinity, hi: Infinity };
export const zero: Interval = { lo: 0, hi: 0 };

export const constant = (value: number): Interval => between(value, value);

/** An interval of computed ends; what can't be computed says nothing. */
export const between = (lo: number, hi: number): Interval =>
  lo <= hi && !(lo === hi && !Number.isFinite(lo)) ? { lo, hi } : anything;

export const isConstant = ({ lo, hi }: Interval): boolean => lo === hi;

/** A constant of the given value; zeros of either sign are one. */
export const isZero = ({ lo, hi }: Interval): boolean => lo === 0 && hi === 0;

export const hull = (a: Interval, b: Interval): Interval =>
  between(Math.min(a.lo, b.lo), Math.max(a.hi, b.hi));

/** Zero times anything is zero: values of a network are finite. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);

export function multiply(a: Interval, b: Interval): Interval {
  const ends = [times(a.lo, b.lo), times(a.lo, b.hi), times(a.hi, b.lo), times(a.hi, b.hi)];
  return rounded(Math.min(...ends), Math.max(...ends));
}

export const add = (a: Interval, b: Interval): Interval => rounded(a.lo + b.lo, a.hi + b.hi);

export const subtract = (a: Interval, b: Interval): Interval => rounded(a.lo - b.hi, a.hi - b.lo);

/** Division by a constant. */
export const divide = (a: Interval, b: Interval): Interval => {
  if (!isConstant(b) || b.lo === 0) return anything;
  const [x, y] = [a.lo / b.lo, a.hi / b.lo];
  return rounded(Math.min(x, y), Math.max(x, y));
};

/** Ends as a float32 runtime computes them. */
const rounded = (lo: number, hi: number): Interval => between(Math.fround(lo), Math.fround(hi));

/** Share of the terms of a sum that float32 may be wrong by. */
const slack = 1e-6;

/** The sum of weighted intervals and a bias; exact where all terms are constant. */
export interface Sum {
  /** Adds w x for x in an interval. */
  term(weight: number, x: Interval): void;
  /** Nothing is known any more. */
  readonly lost: boolean;
  result(): Interval;
}

export function sumFrom(bias: number): Sum {
  const low = { up: Math.max(bias, 0), down: Math.min(bias, 0) };
  const high = { ...low };
  let exact = true;
  const into = (side: { up: number; down: number }, value: number): void => {
    if (value > 0) side.up += value;
    else side.down += value;
  };
  return {
    term(weight, x) {
      if (weight === 0) return;
      if (!isConstant(x)) exact = false;
      into(low, times(weight, weight > 0 ? x.lo : x.hi));
      into(high, times(weight, weight > 0 ? x.hi : x.lo));
    },
    get lost() {
      return low.down === -Infinity && high.up === Infinity;
    },
    result() {
      if (exact) return constant(Math.fround(low.up + low.down));
      // Terms of one sign don't cancel, so that the sign of their sum is certain.
      const lo = low.up + low.down - (low.down < 0 ? slack * (low.up - low.down) : 0);
      const hi = high.up + high.down + (high.up > 0 ? slack * (high.up - high.down) : 0);
      return between(Number.isNaN(lo) ? -Infinity : lo, Number.isNaN(hi) ? Infinity : hi);
    },
  };
}
