import type { Family, Selector, Trace } from "@prune/graph";
import { type LinearCall, sizesOf } from "./linear.js";
import type { ChannelStatistics, LayerStatistics } from "./statistics.js";

/** A layer that reads a family's units, as criteria of `@prune/importance-activation` ask for it. */
export interface Reader {
  readonly layer: string;
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs. */
  readonly weights: Float32Array;
  /** Channel of each input. */
  readonly channelOf: Int32Array;
  /** Inputs by unit, in the order of `family.units`. */
  readonly columns: readonly (readonly number[])[];
  readonly channels: ChannelStatistics;
  /** Of the inputs; undefined where there are too many. */
  readonly covariance: Float64Array | undefined;
}

/** What samples say of a layer that reads units of a family; undefined where it reads none. */
export function readerOf(
  trace: Trace,
  family: Family,
  { call, channels, byChannel, rows }: LayerStatistics,
  kernel: Float32Array,
): Reader | undefined {
  const byUnit = channelsOf(trace, family, call);
  if (byUnit.every((list) => list.length === 0)) return undefined;
  const { places, inputs: own, outputs: out } = sizesOf(call);
  const inputs = byChannel ? own : places * own;
  const repeats = inputs / own;
  const outputs = (places * own * out) / inputs;
  return {
    layer: call.layer,
    inputs,
    outputs,
    weights: call.turned ? kernel : turned(kernel, places * own, out, byChannel ? places : 1),
    channelOf: Int32Array.from({ length: inputs }, (_, j) => j % own),
    columns: byUnit.map((list) =>
      Array.from({ length: repeats }, (_, p) => list.map((c) => p * own + c)).flat(),
    ),
    channels,
    covariance: rows?.products.map((sum) => sum / rows.count),
  };
}

/** A kernel [places x in, out] as outputs x in; by channel, every place of each output is an output of its own. */
function turned(kernel: Float32Array, rows: number, out: number, apart: number): Float32Array {
  const width = rows / apart;
  const made = new Float32Array(kernel.length);
  for (let r = 0; r < rows; r++)
    for (let o = 0; o < out; o++)
      made[(o * apart + Math.floor(r / width)) * width + (r % width)] = kernel[r * out + o] as number;
  return made;
}

/** The channels of a layer's input that each unit of a family names. */
function channelsOf(trace: Trace, family: Family, call: LinearCall): number[][] {
  const readers = new Map<number, Map<number, number[]>>();
  for (const m of family.members) {
    const { parameter, selector } = trace.members[m] ?? {};
    if (parameter?.tensor === call.weight && selector?.role === "in")
      readers.set(m, channelsByPosition(call, selector));
  }
  return Array.from(family.units, (u) => {
    const found = new Set<number>();
    if (readers.size === 0) return [];
    trace.eachPlace(u, (member, position) => {
      for (const c of readers.get(member)?.get(position) ?? []) found.add(c);
    });
    return [...found].sort((a, b) => a - b);
  });
}

/** Channels at each position of a selector of the kernel. */
function channelsByPosition(call: LinearCall, { view, dims }: Selector): Map<number, number[]> {
  const { inputs, outputs } = sizesOf(call);
  const step = call.turned ? 1 : outputs;
  const found = new Map<number, number[]>();
  for (let c = 0; c < inputs; c++) {
    const at = unravelled(c * step, view);
    const position = dims.reduce((n, d) => n * (view[d] as number) + (at[d] as number), 0);
    const list = found.get(position);
    if (list) list.push(c);
    else found.set(position, [c]);
  }
  return found;
}

function unravelled(flat: number, view: readonly number[]): number[] {
  const at = new Array<number>(view.length);
  let rest = flat;
  for (let d = view.length - 1; d >= 0; d--) {
    at[d] = rest % (view[d] as number);
    rest = Math.floor(rest / (view[d] as number));
  }
  return at;
}
