import type { randomStream } from "@prune/samples";
import type { Both } from "../walk/both-nets.js";
import type { Dims } from "../walk/dims.js";
import type { NetWalk } from "../walk/net-walk.js";
import { type Running, type Study, study } from "../walk/study.js";
import type { PlannedLayer } from "./layer-plan.js";

/** What looking at a layer of the twins takes. */
export interface TwinNets extends Running, Both<NetWalk> {
  /** Of tensors in the pruned net. */
  readonly dims: Dims;
  /** Rows of a batch, if a layer's rows have this many numbers each. */
  wanted(batch: number, width: number): number;
  heldOut(batch: number): boolean;
  /** A stream for one use of a layer. */
  random(layer: PlannedLayer, batch: number, use?: string): ReturnType<typeof randomStream>;
}

/** Tensors that a layer is looked at by. */
export const tapsOf = ({ linear, tail, kind, reader }: PlannedLayer): Both<readonly string[]> => {
  const given = [{ linear, tail }, ...(reader ? [reader.layer] : [])];
  return {
    dense: [
      ...given.map((layer) => layer.tail.residual?.sum ?? layer.linear.output),
      ...(kind === "mixed" ? [linear.input] : []),
    ],
    pruned: [linear.input, ...given.flatMap((layer) => layer.tail.residual?.other ?? [])],
  };
};

/** Runs both nets on all batches up to a layer, with nodes appended. */
export async function layerStudy(nets: TwinNets, layer: PlannedLayer, appended: Study): Promise<void> {
  const taps = tapsOf(layer);
  await study([await nets.pruned.to(taps.pruned), await nets.dense.to(taps.dense)], appended, nets);
}
