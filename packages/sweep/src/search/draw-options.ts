import type { Random } from "@prune/samples";
import type { Dimension, NumberRange, Space } from "../plan/plan.js";

/** One value of each option of a space. */
export type Point = readonly (readonly [name: string, value: unknown])[];

/** A point with every value as likely as any other. */
export const drawPoint = (space: Space, random: Random): Point =>
  Object.entries(space).map(([name, dimension]) => [name, drawValue(dimension, random)]);

function drawValue(dimension: Dimension, random: Random): unknown {
  if (isChoice(dimension)) return dimension[random.integer(dimension.length)];
  return valueAt(dimension, random.uniform());
}

export const isChoice = (dimension: Dimension): dimension is readonly unknown[] => Array.isArray(dimension);

/** The value at a share of a range, on its steps. */
export function valueAt({ from, to, step, log = false }: NumberRange, share: number): number {
  const value = log ? from * (to / from) ** share : from + (to - from) * share;
  if (step === undefined) return Math.min(to, Math.max(from, Number(value.toPrecision(6))));
  const steps = Math.min(Math.floor((to - from) / step + 1e-9), Math.round((value - from) / step));
  return Number((from + steps * step).toPrecision(12));
}

/** The share of a range at which a value lies. */
export const shareAt = ({ from, to, log = false }: NumberRange, value: number): number =>
  log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
