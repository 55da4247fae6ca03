import * as tf from "@tensorflow/tfjs-core";
import { patchesOf } from "../activations/patches.js";
import { applied, channelsLast, flat } from "./applied.js";
import type { PlannedLayer } from "./layer-plan.js";
import { type Linear, type Sizes, sizesOf } from "./linear.js";
import { taken } from "./taken.js";
import type { Weights } from "./twin-net.js";

/** Rows of a layer at sampled positions of one batch, by group of its channels. */
export interface Rows {
  /** [groups, rows, inputs] of the pruned net. */
  readonly x: tf.Tensor3D;
  /** [groups, rows, targets]: the sums that it should make of them. */
  readonly z: tf.Tensor3D;
  /** What else is added to the sums behind the scale that follows, to all the same; undefined for nothing. */
  readonly rest: tf.Tensor3D | undefined;
  readonly count: number;
  readonly heldOut: boolean;
}

/** What the walks give for one batch of a layer. */
export interface Seen {
  readonly input: tf.Tensor;
  readonly whole: tf.Tensor;
  /** In the dense net the sum with a residual, in the pruned one what is added. */
  readonly residual: { readonly sum: tf.Tensor; readonly other: tf.Tensor } | undefined;
}

/** Draws some of the numbers below `size`. */
export type Draw = (size: number) => Int32Array;

/**
 * The sums that the dense layer makes, [positions, channels that are left], at some of the positions where they are given.
 * Call it within `tf.tidy`.
 */
export function denseSums(
  { whole, outputs, rows }: PlannedLayer,
  dense: Weights,
  x: tf.Tensor,
  at?: Int32Array,
): tf.Tensor2D {
  const pick = (of: tf.Tensor, kept: readonly number[], axis: number): tf.Tensor =>
    tf.gather(of, tf.tensor1d([...kept], "int32"), axis);
  const all = applied(channelsLast(x, whole), whole, dense.kernel, dense.bias);
  const sums = rows.reduce((left, { axis, kept }) => pick(left, kept, axis), all);
  return taken(flat(sums), at, outputs);
}

/** The same of the pruned layer. Call it within `tf.tidy`. */
export const ownSums = ({ linear }: PlannedLayer, { kernel, bias }: Weights, x: tf.Tensor): tf.Tensor2D =>
  flat(applied(channelsLast(x, linear), linear, kernel, bias));

/** Whether a residual has the form of the sums, so that it can be taken from them row by row. */
export function isAlike({ linear, outputs }: PlannedLayer, { input, residual }: Seen): boolean {
  if (!residual) return true;
  const [sum, other] = [residual.sum, residual.other].map((tensor) => channelsLast(tensor, linear).shape);
  return (
    String(sum?.slice(0, -1)) === String(other?.slice(0, -1)) &&
    other?.at(-1) === outputs.length &&
    tf.tidy(() => patchesOf(channelsLast(input, linear), linear.window).count) * outputs.length ===
      residual.other.size
  );
}

/** Rows of a layer at drawn positions; they stay. */
export function rowsOf(
  layer: PlannedLayer,
  seen: Seen,
  dense: Weights,
  draw: Draw,
): Pick<Rows, "x" | "z" | "rest" | "count"> {
  const { linear, outputs, tail } = layer;
  const sizes = sizesOf(linear);
  return tf.tidy(() => {
    const patches = patchesOf(channelsLast(seen.input, linear), linear.window);
    const at = draw(patches.count);
    const x = inputsByGroup(patches.rows(at), sizes);
    const { residual } = seen;
    if (!residual) return kept(x, byGroup(denseSums(layer, dense, seen.whole, at), sizes), undefined, at);
    const sum = taken(flat(channelsLast(residual.sum, linear)), at, outputs);
    const other = taken(flat(channelsLast(residual.other, linear)), at, undefined);
    const without = tf.sub(tf.sub(sum, other), shiftOf(tail.shift));
    const z = (tail.scale ? tf.div(without, tf.tensor1d(tail.scale)) : without) as tf.Tensor2D;
    return kept(x, byGroup(z, sizes), byGroup(other, sizes), at);
  });
}

const shiftOf = (shift: Float32Array | undefined): tf.Tensor => (shift ? tf.tensor1d(shift) : tf.scalar(0));

const kept = (x: tf.Tensor3D, z: tf.Tensor3D, rest: tf.Tensor3D | undefined, at: Int32Array) => ({
  x: tf.keep(x),
  z: tf.keep(z),
  rest: rest && tf.keep(rest),
  count: at.length,
});

/** Patches [rows, places x channels] by group: [groups, rows, places x inputs]. */
function inputsByGroup(rows: tf.Tensor2D, { groups, places, inputs }: Sizes): tf.Tensor3D {
  if (groups === 1) return tf.expandDims(rows, 0);
  const split = tf.reshape(rows, [-1, places, groups, inputs]);
  return tf.reshape(tf.transpose(split, [2, 0, 1, 3]), [groups, -1, places * inputs]);
}

/** Sums [rows, channels] by group. */
export function byGroup(
  rows: tf.Tensor2D,
  { groups, outputs }: Pick<Sizes, "groups" | "outputs">,
): tf.Tensor3D {
  if (groups === 1) return tf.expandDims(rows, 0);
  return tf.transpose(tf.reshape(rows, [-1, groups, outputs]), [1, 0, 2]);
}

/** Numbers that a row of a layer has. */
export function widthOf(linear: Linear): number {
  const { groups, places, inputs, outputs } = sizesOf(linear);
  return groups * (places * inputs + 2 * outputs);
}
