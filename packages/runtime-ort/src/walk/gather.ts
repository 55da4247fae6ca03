import type { Tensor } from "onnxruntime-node";
import type { Session } from "../session.js";
import { type Chunk, chunks } from "../statistics/chunks.js";
import type { Sampled } from "../statistics/rows.js";
import { type GraphBuilder, graphBuilder } from "./graph-builder.js";
import type { Leg, NetWalk } from "./net-walk.js";
import type { Runner } from "./runner.js";

/** Where one named tensor of a pass comes from. */
export interface Tap {
  readonly walk: NetWalk;
  readonly tensor: string;
}

export interface Gathering<T extends string> {
  readonly taps: Readonly<Record<T, Tap>>;
  /** Adds the nodes that make rows, as outputs, of the fed tensors. */
  build(graph: GraphBuilder, fed: (tap: T) => string): void;
  sample(batch: number, tensors: Readonly<Record<T, Tensor>>): Sampled;
  /** Takes a batch's rows away from those that fits are made from. */
  heldOut(batch: number): boolean;
  /** Rows of training batches are not asked for. */
  readonly onlyHeldOut?: boolean;
  readonly batches: number;
  readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
}

/**
 * One pass over all batches: the nets run up to the taps, rows are sampled there, and the activations are let go before
 * the next batch.
 */
export async function gather<T extends string>(
  gathering: Gathering<T>,
): Promise<{ readonly train: readonly Chunk[]; readonly heldOut: readonly Chunk[] }> {
  const { taps, batches, runner, signal } = gathering;
  const names = Object.keys(taps) as T[];
  const walks = [...new Set(names.map((name) => taps[name].walk))];
  const legs: Leg[] = [];
  const kept = { train: chunks(), heldOut: chunks() };
  let session: Session | undefined;
  try {
    for (const walk of walks)
      legs.push(
        await walk.to(names.filter((name) => taps[name].walk === walk).map((name) => taps[name].tensor)),
      );
    for (let b = 0; b < batches; b++) {
      signal?.throwIfAborted();
      const found: ReadonlyMap<string, Tensor>[] = [];
      for (const leg of legs) found.push(await leg.run(b));
      const isHeldOut = gathering.heldOut(b);
      if (gathering.onlyHeldOut && !isHeldOut) continue;
      const tensors = Object.fromEntries(
        names.map((name) => [name, found[walks.indexOf(taps[name].walk)]?.get(taps[name].tensor)]),
      ) as Record<T, Tensor>;
      session ??= await opened(gathering, tensors);
      const sampled = gathering.sample(b, tensors);
      const feeds = { ...tensors, ...sampled.feeds };
      const rows = await runner.run(
        session,
        Object.fromEntries(session.inputNames.map((name) => [name, feeds[name as T]])),
      );
      (isHeldOut ? kept.heldOut : kept.train).add(rows, sampled.count);
    }
  } finally {
    await session?.release();
    for (const leg of legs) await leg.close();
  }
  return { train: kept.train.all(), heldOut: kept.heldOut.all() };
}

function opened<T extends string>(
  { build, runner }: Gathering<T>,
  tensors: Readonly<Record<T, Tensor>>,
): Promise<Session> {
  const graph = graphBuilder();
  build(graph, (tap) => graph.floatsFed(tap, tensors[tap].type));
  return runner.open(graph.toBytes());
}
