import type { ActivationReader, Family, Trace } from "@prune/graph";
import { channelsOfUnits } from "@prune/graph/advanced";
import { sizesOf } from "./linear.js";
import type { LayerStatistics } from "./statistics.js";

/** What samples say of a layer that reads units of a family; undefined where it reads none. */
export function readerOf(
  trace: Trace,
  family: Family,
  { call, channels, byChannel, rows }: LayerStatistics,
  kernel: Float32Array,
): ActivationReader | undefined {
  const { places, inputs: own, outputs: out } = sizesOf(call);
  const byUnit = channelsOfUnits(trace, family, {
    tensor: call.weight,
    channels: own,
    elementOf: (c) => c * (call.turned ? 1 : out),
  });
  if (!byUnit || byUnit.every((list) => list.length === 0)) return undefined;
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
