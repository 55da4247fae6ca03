import type { Selector } from "../trace/value.js";
import { copyRuns, type Read, sizeOf } from "./copy-runs.js";
import { type RemovedPositions, removedPositions } from "./removed.js";
import { copySeparable, liveByDim, pieceSeparable } from "./separable.js";
import { survivingShape, survivors, testsOf } from "./survivors.js";

/** The elements of a parameter that survive a cut. */
export interface Selection {
  readonly shape: readonly number[];
  /** False when all elements stay. */
  readonly changed: boolean;
  readonly removed: readonly RemovedPositions[];
  /** The surviving elements' bytes. */
  copy(source: Uint8Array, elementBytes: number): Uint8Array;
  /**
   * The same in pieces, each good until the next: from about `size` bytes of the source where every selector concerns
   * one dim, else from all of it. In `into` where that is long enough.
   */
  pieces(read: Read, elementBytes: number, size: number, into?: Uint8Array): Iterable<Uint8Array>;
}

/** Selects by all selectors at once; undefined when the survivors don't form a full grid. */
export function select(
  shape: readonly number[],
  selectors: readonly Selector[],
  life: Uint8Array,
): Selection | undefined {
  const active = selectors.filter(({ ids }) => ids.some((id) => life[id] === 0));
  const removed = removedPositions(active, life);
  const whole =
    (copy: Selection["copy"]): Selection["pieces"] =>
    (read, bytes) => [
      copy(
        read(
          0,
          shape.reduce((a, b) => a * b, bytes),
        ),
        bytes,
      ),
    ];
  if (active.length === 0) {
    const copy: Selection["copy"] = (source) => source;
    return { shape, changed: false, removed, copy, pieces: whole(copy) };
  }
  const live = liveByDim(shape, active, life);
  if (live) {
    const kept = shape.map((size, d) => live[d]?.reduce((sum, flag) => sum + flag, 0) ?? size);
    return {
      shape: kept,
      changed: true,
      removed,
      copy: (source, bytes) => copySeparable(source, bytes, shape, live),
      pieces: (read, bytes, size, into) => pieceSeparable(read, bytes, shape, live, size, into),
    };
  }
  const tests = testsOf(shape, active);
  const newShape = tests && survivingShape(shape, tests, life);
  if (!newShape) return undefined;
  const runs = survivors(tests, life);
  if (newShape.reduce((a, b) => a * b, 1) !== sizeOf(runs)) return undefined;
  const copy: Selection["copy"] = (source, bytes) => copyRuns(source, bytes, runs);
  return { shape: newShape, changed: true, removed, copy, pieces: whole(copy) };
}
