/** One affine row per channel: what it is before the nonlinearity. */
export interface ChannelRows {
  readonly channels: number;
  /** channels x inputs. */
  readonly rows: Float64Array;
  readonly bias: Float64Array;
  /** Mean of each channel before the nonlinearity, where it is known. */
  readonly means?: Float64Array | undefined;
}

/** Channels that become one: the first stays, the others leave. */
export type Cluster = readonly number[];

/**
 * Gives every channel that leaves to the one nearest to it that stays; a channel that is nearer to nothing than to any
 * is left out and just leaves.
 */
export function clusters({ channels, rows, bias }: ChannelRows, kept: readonly number[]): Cluster[] {
  const n = rows.length / channels;
  const distance = (a: number, b: number): number => {
    let sum = ((bias[a] as number) - (bias[b] as number)) ** 2;
    for (let i = 0; i < n; i++) sum += ((rows[a * n + i] as number) - (rows[b * n + i] as number)) ** 2;
    return sum;
  };
  const powerOf = (a: number): number => {
    let sum = (bias[a] as number) ** 2;
    for (let i = 0; i < n; i++) sum += (rows[a * n + i] as number) ** 2;
    return sum;
  };
  const found = new Map(kept.map((channel) => [channel, [channel]]));
  for (let channel = 0; channel < channels; channel++) {
    if (found.has(channel)) continue;
    let best: { readonly to: number; readonly distance: number } | undefined;
    for (const to of kept) {
      const apart = distance(channel, to);
      if (apart < (best?.distance ?? powerOf(channel))) best = { to, distance: apart };
    }
    if (best) found.get(best.to)?.push(channel);
  }
  return [...found.values()];
}

/** The row that stands for a cluster, and its bias. */
export interface Folded {
  readonly row: Float64Array;
  readonly bias: number;
}

/**
 * The mean of a cluster's rows, scaled to the variance that one of them has: the mean of N rows of mean cosine c has
 * (1 + (N - 1) c) / N of it (model folding, ICLR 2025). The mean of the channel stays where it is known.
 */
export function folded({ channels, rows, bias, means }: ChannelRows, cluster: Cluster): Folded {
  const n = rows.length / channels;
  const size = cluster.length;
  const row = new Float64Array(n);
  for (const channel of cluster)
    for (let i = 0; i < n; i++) row[i]! += (rows[channel * n + i] as number) / size;
  const scale = varianceScale(rows, n, cluster);
  const meanOf = (of: Float64Array): number =>
    cluster.reduce((sum, channel) => sum + (of[channel] as number) / size, 0);
  const shift = meanOf(bias);
  const mean = means ? meanOf(means) : shift;
  return { row: row.map((v) => scale * v), bias: mean - scale * (mean - shift) };
}

function varianceScale(rows: Float64Array, n: number, cluster: Cluster): number {
  const size = cluster.length;
  if (size === 1) return 1;
  const dot = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (rows[a * n + i] as number) * (rows[b * n + i] as number);
    return sum;
  };
  let cosines = 0;
  let pairs = 0;
  for (let i = 0; i < size; i++)
    for (let j = 0; j < i; j++) {
      const [a, b] = [cluster[i] as number, cluster[j] as number];
      cosines += dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
      pairs++;
    }
  const share = (1 + (size - 1) * (cosines / pairs)) / size;
  // Rows that cancel out have no variance to scale back.
  return Math.sqrt(1 / Math.max(share, 1 / size));
}
