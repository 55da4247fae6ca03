import type { Moved } from "./channels.js";

/**
 * For every matrix of an operand where one of the probe's begins that holds the same channels. Of a leading dim that has
 * another size now any place will do, if channels don't depend on it; undefined if they do, as where heads and samples
 * lie in one dim.
 */
export function probedPlaces({ dims, channels }: Moved, now: readonly number[]): number[] | undefined {
  let span = channels.length;
  let places = [0];
  for (const [d, size] of dims.slice(0, -2).entries()) {
    const stride = span / size;
    const isOther = now[d] !== size;
    if (isOther && !isAlike(channels, span, stride)) return undefined;
    const steps = Array.from({ length: now[d] as number }, (_, i) => (isOther ? 0 : i * stride));
    places = places.flatMap((place) => steps.map((step) => place + step));
    span = stride;
  }
  return places;
}

/** Whether cells hold the same that lie a multiple of the stride apart within one span. */
const isAlike = (channels: Int32Array, span: number, stride: number): boolean =>
  channels.every((channel, i) => channel === channels[i - (i % span) + (i % stride)]);
