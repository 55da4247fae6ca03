import type { Net } from "./net.js";
import type { Structure } from "./structures.js";

/** A value of a network in the making. */
interface Made<Value> {
  readonly value: Value;
  readonly channels: number;
  readonly size: number;
}

/** What a random network is made of. */
export interface RandomOptions {
  /** Also split, pick and pad channels, which some formats lack. @default true */
  readonly channelwise?: boolean;
}

/**
 * Builds a random network: each operator reads what the last ones made, or something from before; everything that is
 * made reaches an output. The same seed gives the same network in every format.
 */
export const randomNetwork =
  (seed: number, { channelwise = true }: RandomOptions = {}): Structure["build"] =>
  (net) => {
    const below = numbers(seed);
    const made: Made<ReturnType<typeof net.image>>[] = [{ value: net.image(3, 8), channels: 3, size: 8 }];
    const read = new Set<unknown>();
    for (let steps = 4 + below(8); steps > 0; steps--) {
      const x = (below(3) ? made.at(-1) : made[below(made.length)]) as (typeof made)[number];
      const use = (value: (typeof made)[number]): (typeof made)[number]["value"] => {
        read.add(value);
        return value.value;
      };
      made.push(...grown(net, x, made, { below, use, kinds: channelwise ? 15 : 12 }));
    }
    const loose = made.filter((value) => !read.has(value));
    const means = [...loose, made[0] as (typeof made)[number]].map(({ value }) => net.globalMean(value));
    const last = (made.at(-1) as (typeof made)[number]).value;
    return [
      net.conv(net.concat(means), 2, { kernel: 1 }),
      below(2) ? net.conv(last, 2) : net.dense(net.flatten(last), 3),
    ];
  };

interface Growing<Value> {
  readonly below: (n: number) => number;
  readonly use: (value: Made<Value>) => Value;
  readonly kinds: number;
}

/** What one more operator makes: nothing where it has nothing to read. */
function grown<Model, Value>(
  net: Net<Model, Value>,
  x: Made<Value>,
  all: readonly Made<Value>[],
  { below, use, kinds }: Growing<Value>,
): readonly Made<Value>[] {
  const { channels, size } = x;
  const like = (value: Value): readonly Made<Value>[] => [{ value, channels, size }];
  const wide = (value: Value, n: number): readonly Made<Value>[] => [{ value, channels: n, size }];
  const kind = below(kinds);
  if (kind < 3) {
    const filters = 4 + 2 * below(3);
    return wide(net.conv(use(x), filters, { kernel: below(2) ? 3 : 1 }), filters);
  }
  if (kind === 3) return like(net.depthwise(use(x)));
  if (kind === 4) return like(net.batchNorm(use(x)));
  if (kind === 5) return like(net.relu(use(x)));
  if (kind === 6) return like(net.sigmoid(use(x)));
  if (kind === 7) return like(net.prelu(use(x)));
  if (kind === 8) {
    const others = all.filter((other) => other !== x && other.channels === channels && other.size === size);
    const other = others[below(others.length)];
    if (!other) return [];
    return like(below(2) ? net.add(use(x), use(other)) : net.multiply(use(x), use(other)));
  }
  if (kind === 9) {
    const others = all.filter((other) => other !== x && other.size === size);
    const other = others[below(others.length)];
    return other ? wide(net.concat([use(x), use(other)]), channels + other.channels) : [];
  }
  if (kind === 10) return size < 4 ? [] : [{ value: net.maxPool(use(x)), channels, size: size / 2 }];
  if (kind === 11) {
    const gate = net.sigmoid(net.conv(net.globalMean(use(x)), channels, { kernel: 1 }));
    return like(net.multiply(use(x), gate));
  }
  if (kind === 12) {
    const sizes = [1 + below(channels - 1), 0] as [number, number];
    sizes[1] = channels - sizes[0];
    return net.split(use(x), sizes).map((value, i) => ({ value, channels: sizes[i] as number, size }));
  }
  if (kind === 13) return wide(net.pad(use(x), 2), channels + 2);
  const picked = Array.from({ length: 1 + below(channels) }, () => below(channels));
  return wide(net.pick(use(x), picked), picked.length);
}

/** Whole numbers from 0 below n. */
function numbers(seed: number): (n: number) => number {
  let state = (seed * 2654435761) >>> 0;
  return (n) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}
