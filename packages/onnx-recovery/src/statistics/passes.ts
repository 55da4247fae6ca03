import type { Fit } from "@prune/recovery";
import { type Clipped, emptySplits, type RowShape, type Split } from "@prune/recovery/advanced";
import type { Outputs } from "@prune/runtime-ort";
import type { AffineTail } from "../recovery/tail.js";
import { type GraphBuilder, graphBuilder } from "../walk/graph-builder.js";
import type { Runner } from "../walk/runner.js";
import type { Chunk } from "./chunks.js";
import { applied, type LaidRows, laidRows, targetOf, throughTail } from "./layout.js";
import { emitMoments } from "./moments-graph.js";
import { addBatch } from "./splits.js";

/** Rows of a layer that are kept: its inputs "x", what it should give, "y", and what the pruned net adds, "rest". */
export interface LayerRows extends RowShape {
  readonly train: readonly Chunk[];
  readonly heldOut: readonly Chunk[];
  readonly tail: AffineTail;
  readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
}

/** Moments of the layer's inputs with the targets of its own output. */
export async function momentsPass(rows: LayerRows): Promise<Split[]> {
  const splits = emptySplits(rows);
  await eachChunk(
    rows,
    built((graph) => {
      const laid = fedRows(graph, rows);
      emitMoments(graph, laid.x, targetOf(graph, rows.tail, rows.groups, laid), widthOf(rows));
    }),
    (outputs, { count }, heldOut) => addBatch(splits, outputs, count, heldOut),
  );
  return splits;
}

/** The same with targets that a Relu hides moved to where the fits are, and the fits' error behind the Relu. */
export async function clippedPass(
  rows: LayerRows,
  fits: readonly Fit[],
  known: readonly Split[],
): Promise<Clipped> {
  const { tail, groups } = rows;
  const splits = emptySplits(rows, known);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  await eachChunk(
    rows,
    built((graph) => {
      const { emit } = graph;
      const { x, y, rest } = fedRows(graph, rows);
      const scaled = throughTail(graph, tail, groups);
      const plus = (tensor: string): string => (rest ? emit("Add", [tensor, rest]) : tensor);
      const fitted = plus(scaled.forth(applied(graph, x, fits)));
      const wanted = rest ? y : scaled.forth(y);
      const passes = emit("Cast", [emit("Greater", [wanted, graph.floats([0], [])])], { to: 1 });
      // Where the dense net passes nothing, any value that passes nothing will do: the fit's own.
      const hidden = emit("Neg", [emit("Relu", [emit("Neg", [fitted])])]);
      const blocked = emit("Sub", [graph.floats([1], []), passes]);
      const moved = emit("Add", [emit("Relu", [wanted]), emit("Mul", [blocked, hidden])]);
      const target = scaled.back(rest ? emit("Sub", [moved, rest]) : moved);
      emitMoments(graph, x, target, { ...widthOf(rows), squares: false });
      emitError(graph, emit("Relu", [wanted]), emit("Relu", [fitted]));
    }),
    (outputs, { count }, heldOut) => {
      addBatch(splits, outputs, count, heldOut);
      const sum = heldOut ? sums.heldOut : sums.train;
      sum[0]! += numberIn(outputs, "error") * count;
      sum[1]! += numberIn(outputs, "power") * count;
    },
  );
  const relative = ([error, power]: number[]): number => (error as number) / (power || 1);
  return { splits, train: relative(sums.train), heldOut: relative(sums.heldOut) };
}

/** Held-out mean squared error of fits, summed over the targets. */
export async function errorPass(rows: LayerRows, fits: readonly Fit[]): Promise<number> {
  let [sum, count] = [0, 0];
  await eachChunk(
    { ...rows, train: [] },
    built((graph) => {
      const { x, y } = fedRows(graph, rows);
      emitError(graph, y, applied(graph, x, fits));
    }),
    (outputs, chunk) => {
      sum += numberIn(outputs, "error") * chunk.count * rows.targets;
      count += chunk.count;
    },
  );
  return sum / (count || 1);
}

/** Mean square of what is left of the targets, and of the targets. */
function emitError(graph: GraphBuilder, wanted: string, found: string): void {
  const off = graph.emit("Sub", [wanted, found]);
  graph.output("error", graph.mean(graph.emit("Mul", [off, off])));
  graph.output("power", graph.mean(graph.emit("Mul", [wanted, wanted])));
}

const numberIn = (outputs: Outputs, name: string): number => Number(outputs[name]?.data[0]);

export const widthOf = ({
  groups,
  inputs,
}: RowShape): { readonly groups: number; readonly inputs: number } => ({
  groups,
  inputs: inputs / groups,
});

const fedRows = (graph: GraphBuilder, rows: LayerRows): LaidRows =>
  laidRows(graph, rows, {
    x: graph.fed("x", "float32"),
    y: graph.fed("y", "float32"),
    rest: rows.tail.residual && graph.fed("rest", "float32"),
  });

function built(build: (graph: GraphBuilder) => void): Uint8Array {
  const graph = graphBuilder();
  build(graph);
  return graph.toBytes();
}

/** Runs a model that is fed rows by their names on all chunks, those to fit to first. */
export async function eachChunk(
  { train, heldOut, runner, signal }: LayerRows,
  bytes: Uint8Array,
  take: (outputs: Outputs, chunk: Chunk, heldOut: boolean) => void,
): Promise<void> {
  const session = await runner.open(bytes);
  try {
    for (const [chunk, isHeldOut] of [
      ...train.map((chunk) => [chunk, false] as const),
      ...heldOut.map((chunk) => [chunk, true] as const),
    ]) {
      signal?.throwIfAborted();
      const feeds = Object.fromEntries(session.inputNames.map((name) => [name, chunk.feeds[name]!]));
      take(await runner.run(session, feeds), chunk, isHeldOut);
    }
  } finally {
    await session.release();
  }
}
