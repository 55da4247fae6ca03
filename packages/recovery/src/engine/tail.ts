/** What a clip leaves: what lies outside is moved to the nearest of both. */
export interface Clip {
  readonly low: number;
  readonly high: number;
}

/** What Relu lets through. */
export const relu: Clip = { low: 0, high: Number.POSITIVE_INFINITY };
/** What Relu6 lets through. */
export const relu6: Clip = { low: 0, high: 6 };

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

/**
 * What a node makes of a sum that it reads: the same, a scale and a shift by channel, a clip, or a sum with another
 * activation, which may have another name where blocks behind it are gone.
 */
export type TailStep =
  | { readonly kind: "same" }
  | { readonly kind: "affine"; readonly scale: Float32Array; readonly shift: Float32Array }
  | { readonly kind: "sum"; readonly other: string; readonly sum?: string }
  | { readonly kind: "clip"; readonly clip: Clip };

/** A network as a tail is followed through it. */
export interface TailNet<N> {
  /** The nodes that read a tensor, once for every input. */
  readers(tensor: string): readonly N[];
  isOutput(tensor: string): boolean;
  /** What a node makes of the tensor; undefined for what a refit does not look through. */
  step(node: N, tensor: string): TailStep | undefined;
}

/** A tail up to the residual sum. */
export const withoutResidual = <T extends Tail>(tail: T): T =>
  tail.residual ? { ...tail, residual: undefined, clip: undefined } : tail;

/** Where a tail begins. */
export interface TailStart {
  /** The tensor of the layer's sums; undefined where an activation is part of the layer. */
  readonly sums: string | undefined;
  /** What the layer itself does to its sums. */
  readonly clip?: Clip | undefined;
  /** Channels of the layer, which a scale must be one for each of; 0 where they don't lie as scales do. */
  readonly channels: number;
}

/** Follows a layer's sums while a single node reads them, through one residual at most. */
export function followTail<N extends { readonly outputs: readonly string[] }>(
  net: TailNet<N>,
  { sums, clip, channels }: TailStart,
): Tail {
  let tail: Tail = { scale: undefined, shift: undefined, residual: undefined, clip };
  let at = sums;
  while (at !== undefined) {
    const [reader, ...more] = net.readers(at);
    const step: TailStep | undefined =
      reader && more.length === 0 && !net.isOutput(at) ? net.step(reader, at) : undefined;
    if (!reader || !step) return tail;
    at = reader.outputs[0];
    if (step.kind === "clip") return { ...tail, clip: step.clip };
    if (step.kind === "sum") {
      if (tail.residual) return tail;
      at = step.sum ?? at;
      tail = { ...tail, residual: { sum: at as string, other: step.other } };
    } else if (step.kind === "affine") {
      // Scaling what a residual was added to would scale that as well.
      if (tail.residual || step.scale.length !== channels) return tail;
      tail = { ...tail, ...behind(tail, step) };
    }
  }
  return tail;
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
