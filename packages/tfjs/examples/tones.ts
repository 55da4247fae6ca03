// Harmonic tones under noise for CREPE, a pitch tracker, and how often it is right about them.
import * as tf from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

const frame = 1024;
const bins = 360;
const rate = 16_000;
const centsOf = (bin: number): number => 1997.3794 + 20 * bin;

export interface Tones {
  readonly xs: tf.Tensor;
  readonly ys: tf.Tensor;
  readonly cents: Float32Array;
}

/** Harmonic tones under noise, of equal mean and variance, and their pitch as a bell over the bins. */
export function toneFrames(count: number, seed: number): Tones {
  let state = seed;
  const random = (low: number, high: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + (state / 2 ** 32) * (high - low);
  };
  const xs = new Float32Array(count * frame);
  const ys = new Float32Array(count * bins);
  const cents = Float32Array.from({ length: count }, () => random(centsOf(60), centsOf(320)));
  cents.forEach((pitch, n) => {
    const base = (2 * Math.PI * 10 * 2 ** (pitch / 1200)) / rate;
    const partials = Array.from(
      { length: 6 },
      (_, k) => [random(0, 1) / (k + 1), random(0, 2 * Math.PI)] as const,
    );
    const noise = random(0, 0.5);
    const samples = Array.from({ length: frame }, (_, t) =>
      partials.reduce(
        (sum, [a, phase], k) => sum + a * Math.sin((k + 1) * base * t + phase),
        random(-noise, noise),
      ),
    );
    const mean = samples.reduce((a, b) => a + b, 0) / frame;
    const deviation = Math.sqrt(samples.reduce((a, b) => a + (b - mean) ** 2, 0) / frame);
    samples.forEach((sample, t) => {
      xs[n * frame + t] = (sample - mean) / deviation;
    });
    for (let bin = 0; bin < bins; bin++)
      ys[n * bins + bin] = Math.exp(-((centsOf(bin) - pitch) ** 2) / (2 * 25 ** 2));
  });
  return { xs: tf.tensor(xs, [count, frame]), ys: tf.tensor(ys, [count, bins]), cents };
}

/** Share of tones whose pitch, averaged over the bins around the likeliest, is right within 50 cents. */
export function accuracyOf(of: LayersModel, { xs, cents }: Tones): number {
  const output = tf.tidy(() => (of.predict(xs) as tf.Tensor).dataSync());
  let right = 0;
  cents.forEach((pitch, n) => {
    const row = output.subarray(n * bins, (n + 1) * bins) as Float32Array;
    const best = row.indexOf(Math.max(...row));
    let [sum, weight] = [0, 0];
    for (let bin = Math.max(0, best - 4); bin < Math.min(bins, best + 5); bin++) {
      sum += (row[bin] as number) * centsOf(bin);
      weight += row[bin] as number;
    }
    if (Math.abs(sum / weight - pitch) <= 50) right++;
  });
  return right / cents.length;
}
