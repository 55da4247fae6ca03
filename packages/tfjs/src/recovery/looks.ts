import { isHeldOut, rowShare } from "@prune/recovery/advanced";
import * as tf from "@tensorflow/tfjs-core";
import type { TfjsSamples } from "../activations/activation-probe.js";
import { drawn, numbers } from "../activations/draw.js";
import { breathing } from "./breathing.js";
import type { PlannedLayer } from "./layer-plan.js";
import type { Draw, Seen } from "./rows.js";
import type { RefitNet, TwinNet } from "./twin-net.js";
import { type NetWalk, walkNet } from "./walk.js";

export interface LookOptions {
  /** Rows that a layer is fitted to, about; fewer where they would take more than 256 MB. @default 16384 */
  readonly rows?: number;
  /** Positions are drawn with it. @default 0 */
  readonly seed?: number;
  /** Bytes of activations that are held between layers; with fewer, more is run again. @default 512 MiB */
  readonly held?: number;
  readonly signal?: AbortSignal | undefined;
}

/** Both nets side by side, batch by batch. */
export interface Looks {
  /** Walks to a layer with every batch; what is seen is gone after `look`. */
  each(layer: PlannedLayer, look: (seen: Seen, batch: Batch) => void): Promise<void>;
  dispose(): void;
}

/** A batch of samples as a layer is looked at with it. */
export interface Batch {
  readonly heldOut: boolean;
  /** Draws rows of a layer whose rows have so many numbers each. */
  draw(width: number): Draw;
}

export function looksOf<Model>(
  dense: TwinNet,
  pruned: RefitNet<Model>,
  layers: readonly PlannedLayer[],
  samples: readonly TfjsSamples[],
  { rows = 16384, seed = 0, held = 2 ** 29, signal }: LookOptions,
): Looks {
  const batches = samples.map(({ xs }) => [xs].flat());
  const breathe = breathing(signal);
  const walk = (net: TwinNet, taps: (layer: PlannedLayer) => readonly string[]): NetWalk =>
    walkNet(net, batches, { held: held / 2, wanted: layers.flatMap(taps) });
  const walks = { dense: walk(dense, denseTaps), pruned: walk(pruned, prunedTaps) };
  const sizes = batches.map(([first]) => first?.shape[0] ?? 1);
  const share = rowShare(rows, sizes);
  const countOf = (width: number, b: number): number => Math.max(1, Math.ceil(share(b, width)));
  return {
    async each(layer, look) {
      const legs = [walks.pruned.to(prunedTaps(layer)), walks.dense.to(denseTaps(layer))] as const;
      for (let b = 0; b < batches.length; b++) {
        await breathe();
        const seen: tf.Tensor[][] = [];
        try {
          for (const leg of legs) seen.push(await leg.run(b));
          const [[input, other], [whole, sum]] = seen as [tf.Tensor[], tf.Tensor[]];
          look(
            {
              input: input as tf.Tensor,
              whole: whole as tf.Tensor,
              residual: sum && other && { sum, other },
            },
            {
              heldOut: isHeldOut(b, batches.length),
              draw: (width) => (size) =>
                drawn(size, countOf(width, b), numbers(hash(`${seed} ${layer.linear.layer} ${b}`))).sort(),
            },
          );
        } finally {
          tf.dispose(seen);
        }
      }
      for (const leg of legs) leg.close();
    },
    dispose() {
      walks.dense.dispose();
      walks.pruned.dispose();
    },
  };
}

const denseTaps = ({ whole, tail }: PlannedLayer): string[] => [
  whole.input,
  ...(tail.residual ? [tail.residual.sum] : []),
];

const prunedTaps = ({ linear, tail }: PlannedLayer): string[] => [
  linear.input,
  ...(tail.residual ? [tail.residual.other] : []),
];

/** FNV-1a. */
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  return state >>> 0;
}
