import type { SampleAnswer } from "@prune/workflow/advanced";
import type { Beside, ShownOutput, Wave } from "./protocol.js";

/** What two models answer to the same samples, as it is shown. */
export function besideOf(
  original: readonly SampleAnswer[],
  smaller: readonly SampleAnswer[],
  { areSounds }: { readonly areSounds: boolean },
): Beside {
  return {
    samples: original.map(({ feeds, outputs, label }, i) => {
      const others = Object.values(smaller[i]?.outputs ?? {});
      const [input] = Object.values(feeds);
      return {
        ...(label !== undefined && { label }),
        picture: input && !areSounds ? pictureIn(numbersOf(input.data), input.dims) : undefined,
        wave: input && areSounds ? waveOf(numbersOf(input.data)) : undefined,
        // Outputs of two models are the same in order, whatever they are called.
        outputs: Object.entries(outputs).flatMap(([name, { dims, data }], place) => {
          const other = others[place];
          return other ? [shownOutput(name, dims, numbersOf(data), numbersOf(other.data))] : [];
        }),
      };
    }),
  };
}

const mostScores = 5;
const mostPoints = 240;

function shownOutput(
  name: string,
  dims: readonly number[],
  original: ArrayLike<number>,
  smaller: ArrayLike<number>,
): ShownOutput {
  let [most, gap] = [0, 0];
  for (let i = 0; i < original.length; i++) {
    most = Math.max(most, Math.abs(original[i] as number));
    gap = Math.max(gap, Math.abs((original[i] as number) - (smaller[i] as number)));
  }
  const common = { name, shape: `[${dims.join(", ")}]`, error: most === 0 ? gap : gap / most };
  const isScores = dims.length === 2 && (dims[1] ?? 0) > 1 && (dims[1] ?? 0) <= 100_000;
  if (isScores) {
    const size = dims[1] as number;
    const row = (values: ArrayLike<number>): number[] =>
      Array.from({ length: size }, (_, i) => values[i] as number);
    const [a, b] = [row(original), row(smaller)];
    const order = a.map((_, i) => i).sort((i, j) => (a[j] as number) - (a[i] as number));
    return {
      ...common,
      kind: "scores",
      best: b.indexOf(b.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY)),
      top: order.slice(0, mostScores).map((place) => ({
        place,
        original: a[place] as number,
        smaller: b[place] as number,
      })),
    };
  }
  const pictures = [pictureIn(original, dims), pictureIn(smaller, dims)] as const;
  if (pictures[0] && pictures[1])
    return { ...common, kind: "pictures", original: pictures[0], smaller: pictures[1] };
  if (dims.at(-1) === original.length && original.length > mostPoints)
    return { ...common, kind: "waves", original: waveOf(original), smaller: waveOf(smaller) };
  const length = Math.min(original.length, mostPoints);
  return {
    ...common,
    kind: "line",
    original: Array.from({ length }, (_, i) => original[i] as number),
    smaller: Array.from({ length }, (_, i) => smaller[i] as number),
  };
}

/** The least and the most of stretches of a signal, by turns: what a line a pixel wide would show of it. */
function waveOf(values: ArrayLike<number>): Wave {
  const stretches = Math.min(values.length, mostPoints);
  return Array.from({ length: stretches }, (_, s) => {
    const from = Math.floor((s * values.length) / stretches);
    const to = Math.floor(((s + 1) * values.length) / stretches);
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = from; i < to; i++) {
      least = Math.min(least, values[i] as number);
      most = Math.max(most, values[i] as number);
    }
    return [least, most];
  }).flat();
}

function numbersOf(data: unknown): ArrayLike<number> {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Array.from(data, Number);
  return data as ArrayLike<number>;
}

/** The first of some values as a picture, where their shape is one: 1 or 3 channels, first or last. */
function pictureIn(values: ArrayLike<number>, dims: readonly number[]): ImageData | undefined {
  const [, a = 0, b = 0, c = 0] = dims.length === 4 ? dims : dims.length === 3 ? [1, ...dims] : [];
  const isFirst = a === 1 || a === 3;
  const [channels, height, width] = isFirst ? [a, b, c] : [c, a, b];
  if ((channels !== 1 && channels !== 3) || height < 8 || width < 8) return undefined;
  const area = height * width;
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < channels * area; i++) {
    least = Math.min(least, values[i] as number);
    most = Math.max(most, values[i] as number);
  }
  const picture = new ImageData(width, height);
  const scale = 255 / (most - least || 1);
  for (let p = 0; p < area; p++)
    for (let channel = 0; channel < 4; channel++) {
      const from = channels === 1 ? 0 : channel;
      const at = isFirst ? from * area + p : p * channels + from;
      picture.data[4 * p + channel] = channel === 3 ? 255 : ((values[at] as number) - least) * scale;
    }
  return picture;
}
