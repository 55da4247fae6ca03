import type { Family } from "@prune/graph";

/** A penalty on weights and its gradient by them, to add to those of the loss before the optimizer's step. */
export interface Penalty {
  readonly value: number;
  /** By tensor name, shaped as the weights; tensors without a penalty have none. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** How strongly a penalty pulls, on which families. */
export interface PenaltyOptions {
  /** Strength of the penalty. @default 1e-4 */
  readonly rate?: number;
  /** Whose units are made small. @default the channels that may leave */
  readonly families?: readonly Family[];
  /** Whether biases and shifts of norms count among a unit's weights. @default false */
  readonly bias?: boolean;
}

/** A number for each unit, by family id, in the order of the family's units. */
export type UnitRates = ReadonlyMap<number, Float64Array>;
