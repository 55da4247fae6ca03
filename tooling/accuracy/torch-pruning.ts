/** What Torch-Pruning's L2 criterion removes, from its formulas alone: nothing here is shared with what it is compared to. */

/** Values of a stored tensor, by name. */
export type Weights = (name: string) => {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
};

/** Channels that leave together, by an axis that they lie along. */
export interface TheirGroup {
  readonly root: string;
  /** Importance of each unit. */
  readonly scores: Float64Array;
  /** Set where a unit is one dim of each of so many heads. */
  readonly heads?: number;
}

/** Sums of squares by position of an axis. */
function sums({ shape, data }: ReturnType<Weights>, axis: number): Float64Array {
  const size = shape[axis] as number;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const out = new Float64Array(size);
  for (let e = 0; e < data.length; e++) out[Math.floor(e / inner) % size]! += (data[e] as number) ** 2;
  return out;
}

/** The mean over a group's members, as a share of the mean over its channels. */
function importance(members: readonly Float64Array[]): Float64Array {
  const raw = (members[0] as Float64Array).map(
    (_, c) => members.reduce((sum, member) => sum + (member[c] as number), 0) / members.length,
  );
  const mean = raw.reduce((a, b) => a + b, 0) / raw.length;
  return raw.map((score) => score / mean);
}

/** Residual networks of three stages with so many blocks each, `layers.0` and on, of two convolutions. */
export function residualGroups(weights: Weights, depth: number): TheirGroup[] {
  const made = (layer: string, norm: string): Float64Array[] => [
    sums(weights(`${layer}.weight`), 0),
    sums(weights(`${norm}.weight`), 0),
  ];
  const read = (layer: string): Float64Array => sums(weights(`${layer}.weight`), 1);
  return [0, 1, 2].flatMap((stage) => {
    const blocks = Array.from({ length: depth }, (_, b) => `layers.${stage * depth + b}`);
    const next = `layers.${(stage + 1) * depth}`;
    const stream = [
      ...(stage === 0
        ? made("conv1", "bn1")
        : made(`${blocks[0]}.downsample.0`, `${blocks[0]}.downsample.1`)),
      ...blocks.flatMap((block) => made(`${block}.conv2`, `${block}.bn2`)),
      ...blocks.slice(stage === 0 ? 0 : 1).map((block) => read(`${block}.conv1`)),
      ...(stage === 2 ? [read("fc")] : [read(`${next}.conv1`), read(`${next}.downsample.0`)]),
    ];
    return [
      { root: stage === 0 ? "conv1.weight" : `${blocks[0]}.conv2.weight`, scores: importance(stream) },
      ...blocks.map((block) => ({
        root: `${block}.conv1.weight`,
        scores: importance([...made(`${block}.conv1`, `${block}.bn1`), read(`${block}.conv2`)]),
      })),
    ];
  });
}

/** Vision transformers of four blocks; a dim leaves query, key and value of every head at once. */
export function transformerGroups(weights: Weights, heads: number): TheirGroup[] {
  const rows = (layer: string): Float64Array => sums(weights(`${layer}.weight`), 0);
  const columns = (layer: string): Float64Array => sums(weights(`${layer}.weight`), 1);
  const blocks = [0, 1, 2, 3].map((b) => `blocks.${b}`);
  const stream = importance([
    rows("patch"),
    ...blocks.flatMap((b) => [
      rows(`${b}.n1`),
      columns(`${b}.qkv`),
      rows(`${b}.proj`),
      rows(`${b}.n2`),
      columns(`${b}.fc1`),
      rows(`${b}.fc2`),
    ]),
    rows("norm"),
    columns("head"),
  ]);
  return [
    { root: "patch.weight", scores: stream },
    ...blocks.flatMap((b) => {
      const read = columns(`${b}.proj`);
      const made = rows(`${b}.qkv`);
      const all = importance([
        read,
        read.map((_, c) => [0, 1, 2].reduce((sum, k) => sum + (made[k * read.length + c] as number), 0)),
      ]);
      const dims = read.length / heads;
      const scores = Float64Array.from({ length: dims }, (_, d) => {
        let sum = 0;
        for (let h = 0; h < heads; h++) sum += all[h * dims + d] as number;
        return sum / heads;
      });
      return [
        { root: `${b}.qkv.weight`, scores, heads },
        { root: `${b}.fc1.weight`, scores: importance([rows(`${b}.fc1`), columns(`${b}.fc2`)]) },
      ];
    }),
  ];
}

/** How many of n channels leave: what is kept is rounded down. */
export const theirCount = (n: number, ratio: number): number => n - Math.trunc(n * (1 - ratio));

/** The units that leave each group, ascending. */
export function theirChoice(groups: readonly TheirGroup[], ratio: number, global: boolean): number[][] {
  const all = Float64Array.from(groups.flatMap(({ scores }) => [...scores])).sort();
  const threshold = all[theirCount(all.length, ratio) - 1] as number;
  return groups.map(({ scores }) => {
    const order = [...scores.keys()].sort((a, b) => (scores[a] as number) - (scores[b] as number));
    const chosen = global
      ? order.filter((u) => (scores[u] as number) <= threshold)
      : order.slice(0, theirCount(scores.length, ratio));
    return chosen.sort((a, b) => a - b);
  });
}
