import type { Trace } from "@prune/graph";
import { checkWord, type ResidualBlock } from "@prune/graph/advanced";
import { type Model, modelToBytes, type OnnxBackend, readModel } from "@prune/onnx";
import { agreement } from "@prune/recovery";
import type { SessionOptions, ValuesByName } from "@prune/runtime-ort";
import { answersOf } from "../judging/outputs.js";
import { firstSamples } from "../samples/count.js";

/** What `rankBlocks` judges the removal of a block by, and how often. */
export interface RankOptions extends SessionOptions {
  /** Samples that each removal is judged on, about. @default 128 */
  readonly probes?: number;
  /** What leaves first: what costs the least error, for all its work or for each share of it. @default "macs" */
  readonly per?: "block" | "macs";
  /** Blocks whose loss is measured anew after each removal: what was next cheapest before it. @default 3 */
  readonly again?: number;
  /** Removals that were judged, of about how many. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A block with what the model's answers lose when it leaves after those before it. */
export interface BlockRank {
  readonly block: ResidualBlock;
  /** Error of the output, relative to its variance, without this block and all before it. */
  readonly error: number;
}

/**
 * The order in which blocks leave, cheapest first, as many as are asked for: each is judged by the error of the model's
 * own output without it on samples, beside those that left before it.
 */
export async function rankBlocks(
  backend: Pick<OnnxBackend, "withoutBlocks">,
  {
    model,
    trace,
    blocks,
  }: { readonly model: Model; readonly trace: Trace; readonly blocks: readonly ResidualBlock[] },
  samples: readonly ValuesByName[],
  count: number,
  { probes = 128, per = "macs", again = 3, onProgress, signal, ...options }: RankOptions = {},
): Promise<readonly BlockRank[]> {
  checkWord("rankBlocks", "per", per, ["block", "macs"]);
  const some = firstSamples(samples, probes);
  const dense = await answersOf(model, some, options, signal);
  const whole = blocks.reduce((sum, { macs }) => sum + macs, 0);
  let done = 0;
  const total = blocks.length + again * Math.max(0, Math.min(count, blocks.length) - 1);
  const errorWithout = async (gone: readonly ResidualBlock[]): Promise<number> => {
    signal?.throwIfAborted();
    const edit = backend.withoutBlocks(model, trace, gone);
    const left = readModel(modelToBytes(model, edit), model.external && { external: model.external });
    onProgress?.(++done, total);
    return agreement(dense, await answersOf(left, some, options, signal)).error;
  };
  const ranks: BlockRank[] = [];
  let now = 0;
  const losses = new Map<ResidualBlock, number>();
  const priceOf = (block: ResidualBlock): number => {
    const loss = losses.get(block) ?? Infinity;
    return per === "macs" && loss > 0 ? (loss * whole) / block.macs : loss;
  };
  for (const block of blocks) losses.set(block, await errorWithout([block]));
  while (ranks.length < Math.min(count, blocks.length)) {
    const gone = ranks.map(({ block }) => block);
    const left = blocks.filter((block) => !gone.includes(block)).sort((a, b) => priceOf(a) - priceOf(b));
    if (gone.length > 0)
      for (const block of left.slice(0, again))
        losses.set(block, (await errorWithout([...gone, block])) - now);
    const [best] = left.slice(0, again).sort((a, b) => priceOf(a) - priceOf(b)) as [ResidualBlock];
    now += losses.get(best) as number;
    ranks.push({ block: best, error: now });
  }
  return ranks;
}
