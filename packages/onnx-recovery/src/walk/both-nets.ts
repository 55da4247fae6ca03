import type { Model } from "@prune/onnx";
import type { ValuesByName } from "@prune/runtime-ort";
import { mostHeld, type NetWalk, walkNet } from "./net-walk.js";
import type { Runner } from "./runner.js";

/** Something of the original and of the net that was cut from it. */
export type Both<T> = Readonly<Record<"dense" | "pruned", T>>;

export interface BothOptions {
  /** Tensors that will be asked for. */
  readonly wanted: Both<Iterable<string>>;
  /** Bytes of activations that both together may hold. @default 1 GiB */
  readonly held?: number | undefined;
  readonly runner: Runner;
}

/** Walks of two nets, each over the same samples as it takes them, whose pieces can be joined. */
export const walkBoth = (
  { dense, pruned }: Both<Model>,
  samples: Both<readonly ValuesByName[]>,
  { wanted, held = mostHeld, runner }: BothOptions,
): Both<NetWalk> => {
  const half = { held: held / 2, runner };
  return {
    dense: walkNet(dense, samples.dense, { ...half, wanted: wanted.dense, prefix: "dense::" }),
    pruned: walkNet(pruned, samples.pruned, { ...half, wanted: wanted.pruned }),
  };
};
