import type { Window } from "./patches.js";

/** A call of a layer or node that multiplies an activation by a stored kernel and sums. */
export interface LinearCall {
  /** Its output's name. */
  readonly layer: string;
  readonly input: string;
  readonly weight: string;
  /** As stored: [..window, in, out], or [out, in] when turned. */
  readonly kernel: readonly number[];
  readonly turned: boolean;
  /** Of a convolution; a product has none. */
  readonly window: Window | undefined;
  /** Channels come before places in the activation. */
  readonly channelsFirst: boolean;
}

/** Sizes of a kernel: places of its window, channels in and out. */
export function sizesOf({ kernel, turned }: LinearCall): { places: number; inputs: number; outputs: number } {
  const [a, b] = kernel.slice(-2) as [number, number];
  const places = kernel.slice(0, -2).reduce((n, size) => n * size, 1);
  return turned ? { places, inputs: b, outputs: a } : { places, inputs: a, outputs: b };
}
