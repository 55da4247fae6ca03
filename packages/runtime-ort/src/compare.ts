import { elementCount, numbersOf } from "./numbers.js";
import type { Values, ValuesByName } from "./values.js";

/** How far one output is from its reference. */
export interface Difference {
  readonly name: string;
  readonly sameShape: boolean;
  readonly sameType: boolean;
  /** Largest |actual - reference|. */
  readonly maxAbs: number;
  /** Largest finite |reference|. */
  readonly maxReference: number;
  /** maxAbs / maxReference; infinite when anything else than finite values differs. */
  readonly relative: number;
  /** Elements where one is NaN or infinite and the other isn't the same. */
  readonly mismatches: number;
}

/** Output by output how far a model is from its reference. */
export interface Comparison {
  readonly outputs: readonly Difference[];
  /** The largest relative difference; 0 when there are no outputs. */
  readonly worst: number;
}

/** Compares outputs with reference outputs, by name; an output that only one side has differs infinitely. */
export function compare(actual: ValuesByName, reference: ValuesByName): Comparison {
  const names = new Set([...Object.keys(reference), ...Object.keys(actual)]);
  const outputs = [...names].map((name) => difference(name, actual[name], reference[name]));
  return { outputs, worst: outputs.reduce((worst, { relative }) => Math.max(worst, relative), 0) };
}

/**
 * The same over several runs: the largest difference of all over the largest reference of all, as an input that an
 * output is next to 0 on says nothing of how exact it is.
 */
export function compareAll(actual: readonly ValuesByName[], reference: readonly ValuesByName[]): Comparison {
  const found = new Map<string, Difference>();
  reference.forEach((expected, i) => {
    for (const one of compare(actual[i] ?? {}, expected).outputs) {
      const other = found.get(one.name);
      found.set(one.name, other ? joined(other, one) : one);
    }
  });
  const outputs = [...found.values()];
  return { outputs, worst: outputs.reduce((worst, { relative }) => Math.max(worst, relative), 0) };
}

function joined(a: Difference, b: Difference): Difference {
  const maxAbs = Math.max(a.maxAbs, b.maxAbs);
  const maxReference = Math.max(a.maxReference, b.maxReference);
  const mismatches = a.mismatches + b.mismatches;
  return {
    name: a.name,
    sameShape: a.sameShape && b.sameShape,
    sameType: a.sameType && b.sameType,
    maxAbs,
    maxReference,
    relative: relativeOf(maxAbs, maxReference, mismatches),
    mismatches,
  };
}

function difference(name: string, actual: Values | undefined, reference: Values | undefined): Difference {
  const sameType = actual?.type === reference?.type;
  const sameShape = !!actual && !!reference && actual.dims.join() === reference.dims.join();
  if (!actual || !reference || !sameShape) return { name, sameShape, sameType, ...apart };
  return { name, sameShape, sameType, ...distance(actual, reference) };
}

type Distance = Pick<Difference, "maxAbs" | "maxReference" | "relative" | "mismatches">;

const apart: Distance = { maxAbs: Infinity, maxReference: 0, relative: Infinity, mismatches: 0 };

function distance(actual: Values, reference: Values): Distance {
  const left = numbersOf(actual);
  const right = numbersOf(reference);
  const count = elementCount(reference);
  if (!left || !right) return textDistance(actual, reference, count);
  let [maxAbs, maxReference, mismatches] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    const [value, expected] = [left(index), right(index)];
    if (Number.isFinite(expected)) maxReference = Math.max(maxReference, Math.abs(expected));
    if (Object.is(value, expected) || value === expected) continue;
    if (Number.isFinite(value) && Number.isFinite(expected))
      maxAbs = Math.max(maxAbs, Math.abs(value - expected));
    else mismatches++;
  }
  return { maxAbs, maxReference, relative: relativeOf(maxAbs, maxReference, mismatches), mismatches };
}

const relativeOf = (maxAbs: number, maxReference: number, mismatches: number): number =>
  mismatches > 0 ? Infinity : maxAbs === 0 ? 0 : maxAbs / maxReference;

function textDistance(actual: Values, reference: Values, count: number): Distance {
  const [left, right] = [actual.data as string[], reference.data as string[]];
  let mismatches = 0;
  for (let index = 0; index < count; index++) if (left[index] !== right[index]) mismatches++;
  return { maxAbs: 0, maxReference: 0, relative: mismatches > 0 ? Infinity : 0, mismatches };
}
