import type { Clip, Linear } from "./linear.js";
import { readersOf } from "./readers.js";
import type { TwinNet } from "./twin-net.js";

/**
 * What follows a layer's sums z up to where they are clipped: scale z + shift, plus another activation where a residual
 * is added. Scale and shift are by channel.
 */
export interface Tail {
  readonly scale: Float32Array | undefined;
  readonly shift: Float32Array | undefined;
  readonly residual: { readonly sum: string; readonly other: string } | undefined;
  readonly clip: Clip | undefined;
}

export const withoutResidual = (tail: Tail): Tail =>
  tail.residual ? { ...tail, residual: undefined, clip: undefined } : tail;

/** Follows a layer's sums while a single node reads them. */
export function tailsOf(net: TwinNet, channels: (linear: Linear) => number): (linear: Linear) => Tail {
  const readers = readersOf(net.nodes);
  const outputs = new Set(net.outputs);
  return (linear) => {
    let tail: Tail = { scale: undefined, shift: undefined, residual: undefined, clip: linear.clip };
    let at = linear.sums;
    while (at !== undefined) {
      const [reader, ...more] = readers.get(at) ?? [];
      const step = reader && more.length === 0 && !outputs.has(at) ? net.step(reader.node, at) : undefined;
      at = reader?.node.outputs[0];
      if (!step) return tail;
      if (step.kind === "clip") return { ...tail, clip: step.clip };
      if (step.kind === "sum") {
        if (tail.residual) return tail;
        tail = { ...tail, residual: { sum: at as string, other: step.other } };
      } else if (step.kind === "affine") {
        // Scaling what a residual was added to would scale that as well; a step's channels come last.
        if (tail.residual || linear.channelsFirst || step.scale.length !== channels(linear)) return tail;
        tail = { ...tail, ...behind(tail, step) };
      }
    }
    return tail;
  };
}

function behind(
  { scale, shift }: Tail,
  step: { readonly scale: Float32Array; readonly shift: Float32Array },
): Pick<Tail, "scale" | "shift"> {
  return {
    scale: step.scale.map((s, c) => s * (scale?.[c] ?? 1)),
    shift: step.shift.map((t, c) => t + (step.scale[c] as number) * (shift?.[c] ?? 0)),
  };
}
