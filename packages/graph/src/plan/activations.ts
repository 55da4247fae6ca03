import { indexOfElement } from "../cut/removed.js";
import type { Trace } from "../trace/open-trace.js";
import type { Family } from "../units/families.js";
import type { Probe } from "./plug-in.js";

/** What samples say of each channel of an activation, over all its positions. */
export interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  /** Mean of the magnitude. */
  readonly magnitude: ArrayLike<number>;
  /** Mean of the square. */
  readonly square: ArrayLike<number>;
  /** Share of values that are 0 or less. */
  readonly inactive: ArrayLike<number>;
}

/** A layer that reads a family's units, with what samples say of its inputs. */
export interface ActivationReader {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs. */
  readonly weights: ArrayLike<number>;
  /** Channel of each input; a convolution has several inputs per channel. */
  readonly channelOf: ArrayLike<number>;
  /** Inputs by unit, in the order of `family.units`. */
  readonly columns: readonly (readonly number[])[];
  readonly channels: ChannelStatistics;
  /** Of the inputs, inputs x inputs; undefined where there are too many. */
  readonly covariance: Float64Array | undefined;
}

/** A probe that has seen samples. */
export interface ActivationProbe extends Probe {
  activations(family: Family): readonly ActivationReader[];
}

/** A stored tensor by which a layer reads channels. */
export interface ReadTensor {
  readonly tensor: string;
  readonly channels: number;
  /** A stored element that belongs to a channel, in row-major order. */
  elementOf(channel: number): number;
}

/** The channels of a layer's input that each unit of a family names, in order; undefined where the layer reads none. */
export function channelsOfUnits(
  trace: Trace,
  family: Family,
  { tensor, channels, elementOf }: ReadTensor,
): number[][] | undefined {
  const byMember = new Map<number, ReadonlyMap<number, readonly number[]>>();
  for (const m of family.members) {
    const { parameter, selector } = trace.members[m] ?? {};
    if (parameter?.tensor !== tensor || selector?.role !== "in") continue;
    const byPosition = new Map<number, number[]>();
    for (let c = 0; c < channels; c++) {
      const position = indexOfElement(selector, elementOf(c));
      const list = byPosition.get(position);
      if (list) list.push(c);
      else byPosition.set(position, [c]);
    }
    byMember.set(m, byPosition);
  }
  if (byMember.size === 0) return undefined;
  return Array.from(family.units, (u) => {
    const found = new Set<number>();
    trace.eachPlace(u, (member, position) => {
      for (const c of byMember.get(member)?.get(position) ?? []) found.add(c);
    });
    return [...found].sort((a, b) => a - b);
  });
}
