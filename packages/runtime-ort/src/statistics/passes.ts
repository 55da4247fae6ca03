import { addMoments, type Clipped, emptyMoments, type Fit, type Moments, type Split } from "@prune/recovery";
import type { Tail } from "../recovery/tail.js";
import type { Outputs } from "../run.js";
import type { Session } from "../session.js";
import { type GraphBuilder, graphBuilder } from "../walk/graph-builder.js";
import type { Runner } from "../walk/runner.js";
import type { Chunk } from "./chunks.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";

/** Rows of a layer's inputs "x". */
export interface InputRows {
  readonly train: readonly Chunk[];
  readonly heldOut: readonly Chunk[];
  readonly groups: number;
  /** Of all groups. */
  readonly inputs: number;
  readonly runner: Runner;
  readonly signal: AbortSignal | undefined;
}

/** Also what the layer should give, "y", and what the pruned net adds to that, "rest". */
export interface LayerRows extends InputRows {
  readonly targets: number;
  readonly tail: Tail;
}

/** Moments of the inputs alone, by group. */
export async function inputMoments(rows: InputRows): Promise<Moments[]> {
  const all = { ...rows, targets: 0 };
  const moments = emptySplits(all).map(({ train }) => train);
  await eachChunk(
    rows,
    (graph) => emitMoments(graph, laid(graph, all, "x"), undefined, widthOf(rows)),
    (outputs, { count }) =>
      momentsFrom(outputs, count, rows.groups).forEach((batch, g) => {
        addMoments(moments[g] as Moments, batch);
      }),
  );
  return moments;
}

/** Moments of the layer's inputs with the targets of its own output. */
export async function momentsPass(rows: LayerRows): Promise<Split[]> {
  const splits = emptySplits(rows);
  await eachChunk(
    rows,
    (graph) => emitMoments(graph, laid(graph, rows, "x"), targetOf(rows, graph), widthOf(rows)),
    (outputs, chunk, heldOut) => add(splits, outputs, chunk, heldOut),
  );
  return splits;
}

/** The same with targets that a Relu hides moved to where the fits are, and the fits' error behind the Relu. */
export async function clippedPass(
  rows: LayerRows,
  fits: readonly Fit[],
  known: readonly Split[],
): Promise<Clipped> {
  const { tail } = rows;
  const splits = emptySplits(rows, known);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  await eachChunk(
    rows,
    (graph) => {
      const { emit } = graph;
      const x = laid(graph, rows, "x");
      const scaled = scaledBy(rows, graph);
      const other = tail.residual ? laid(graph, rows, "rest") : undefined;
      const plus = (tensor: string): string => (other ? emit("Add", [tensor, other]) : tensor);
      const fitted = plus(scaled.forth(applied(graph, x, fits)));
      const dense = laid(graph, rows, "y");
      const wanted = tail.residual ? dense : scaled.forth(dense);
      const passes = emit("Cast", [emit("Greater", [wanted, graph.floats([0], [])])], { to: 1 });
      // Where the dense net passes nothing, any value that passes nothing will do: the fit's own.
      const hidden = emit("Neg", [emit("Relu", [emit("Neg", [fitted])])]);
      const blocked = emit("Sub", [graph.floats([1], []), passes]);
      const moved = emit("Add", [emit("Relu", [wanted]), emit("Mul", [blocked, hidden])]);
      const target = scaled.back(other ? emit("Sub", [moved, other]) : moved);
      emitMoments(graph, x, target, { ...widthOf(rows), squares: false });
      emitError(graph, emit("Relu", [wanted]), emit("Relu", [fitted]));
    },
    (outputs, chunk, heldOut) => {
      add(splits, outputs, chunk, heldOut);
      const sum = heldOut ? sums.heldOut : sums.train;
      sum[0]! += numberIn(outputs, "error") * chunk.count;
      sum[1]! += numberIn(outputs, "power") * chunk.count;
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
    (graph) => emitError(graph, laid(graph, rows, "y"), applied(graph, laid(graph, rows, "x"), fits)),
    (outputs, chunk) => {
      sum += numberIn(outputs, "error") * chunk.count * rows.targets;
      count += chunk.count;
    },
  );
  return sum / (count || 1);
}

/** The same rows with what fits make of the inputs in their place. */
export async function throughFits(rows: LayerRows, fits: readonly Fit[]): Promise<LayerRows> {
  const mapped = { train: [] as Chunk[], heldOut: [] as Chunk[] };
  await eachChunk(
    rows,
    (graph) => {
      const found = applied(graph, laid(graph, rows, "x"), fits);
      const turned = rows.groups === 1 ? found : graph.emit("Transpose", [found], { perm: [1, 0, 2] });
      graph.output("z", graph.emit("Reshape", [turned, graph.integers([-1, rows.targets])]));
    },
    ({ z }, { count, feeds }, heldOut) => {
      (heldOut ? mapped.heldOut : mapped.train).push({ count, feeds: { ...feeds, x: z! } });
    },
  );
  return { ...rows, ...mapped };
}

/** Mean square of what is left of the targets, and of the targets. */
function emitError(graph: GraphBuilder, wanted: string, found: string): void {
  const { emit } = graph;
  const mean = (tensor: string): string => emit("ReduceMean", [tensor], { keepdims: 0 });
  const off = emit("Sub", [wanted, found]);
  graph.output("error", mean(emit("Mul", [off, off])));
  graph.output("power", mean(emit("Mul", [wanted, wanted])));
}

const numberIn = (outputs: Outputs, name: string): number => Number(outputs[name]?.data[0]);

async function eachChunk(
  { train, heldOut, runner, signal }: InputRows,
  build: (graph: GraphBuilder) => void,
  take: (outputs: Outputs, chunk: Chunk, heldOut: boolean) => void,
): Promise<void> {
  const graph = graphBuilder();
  build(graph);
  const session: Session = await runner.open(graph.toBytes());
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

const widthOf = ({ groups, inputs }: InputRows): { readonly groups: number; readonly inputs: number } => ({
  groups,
  inputs: inputs / groups,
});

/** Rows as fed, or groups x rows x (width of a group). */
function laid(
  graph: GraphBuilder,
  { groups, inputs, targets }: Omit<LayerRows, "tail">,
  name: string,
): string {
  const rows = graph.fed(name, "float32");
  if (groups === 1) return rows;
  const width = (name === "x" ? inputs : targets) / groups;
  const split = graph.emit("Reshape", [rows, graph.integers([-1, groups, width])]);
  return graph.emit("Transpose", [split], { perm: [1, 0, 2] });
}

/** Empty moments by group; squares of the inputs that are known already are shared. */
function emptySplits(
  { groups, inputs, targets }: Omit<LayerRows, "tail">,
  known?: readonly Split[],
): Split[] {
  const make = (squares?: Moments): Moments => {
    const empty = emptyMoments(squares ? 0 : inputs / groups, targets / groups);
    if (!squares) return empty;
    const n = inputs / groups;
    const xy = new Float64Array((n * targets) / groups);
    return { ...empty, inputs: n, meanX: new Float64Array(n), xx: squares.xx, xy };
  };
  return Array.from({ length: groups }, (_, g) => ({
    train: make(known?.[g]?.train),
    heldOut: make(known?.[g]?.heldOut),
  }));
}

function add(splits: readonly Split[], outputs: Outputs, { count }: Chunk, heldOut: boolean): void {
  momentsFrom(outputs, count, splits.length).forEach((batch, g) => {
    const { train, heldOut: out } = splits[g] as Split;
    addMoments(heldOut ? out : train, batch);
  });
}

/** What the layer itself should give: the dense output, or what the sum lacks of the dense sum. */
function targetOf(rows: LayerRows, graph: GraphBuilder): string {
  const dense = laid(graph, rows, "y");
  if (!rows.tail.residual) return dense;
  return scaledBy(rows, graph).back(graph.emit("Sub", [dense, laid(graph, rows, "rest")]));
}

/** The affine map behind the layer, and back. */
function scaledBy(
  { tail: { scale, shift }, groups }: LayerRows,
  graph: GraphBuilder,
): { forth(tensor: string): string; back(tensor: string): string } {
  const shape = groups === 1 ? [scale.length] : [groups, 1, scale.length / groups];
  const { emit, floats } = graph;
  const inverse = scale.map((s) => (Math.abs(s) > 1e-6 ? 1 / s : 0));
  return {
    forth: (tensor) => emit("Add", [emit("Mul", [tensor, floats(scale, shape)]), floats(shift, shape)]),
    back: (tensor) => emit("Mul", [emit("Sub", [tensor, floats(shift, shape)]), floats(inverse, shape)]),
  };
}

/** Rows through the maps. */
const applied = (graph: GraphBuilder, x: string, fits: readonly Fit[]): string =>
  graph.emit("Add", [graph.emit("MatMul", [x, weightsOf(graph, fits)]), biasOf(graph, fits)]);

/** Weights as inputs x outputs, per group where there are several. */
function weightsOf(graph: GraphBuilder, fits: readonly Fit[]): string {
  const q = fits[0]?.bias.length ?? 0;
  const n = (fits[0]?.weights.length ?? 0) / q;
  const values = new Float32Array(fits.length * n * q);
  fits.forEach(({ weights }, g) => {
    for (let o = 0; o < q; o++)
      for (let i = 0; i < n; i++) values[(g * n + i) * q + o] = weights[o * n + i] as number;
  });
  return graph.floats(values, fits.length === 1 ? [n, q] : [fits.length, n, q]);
}

function biasOf(graph: GraphBuilder, fits: readonly Fit[]): string {
  const each = fits[0]?.bias.length ?? 0;
  const values = new Float32Array(fits.length * each);
  fits.forEach(({ bias }, g) => {
    values.set(bias, g * each);
  });
  return graph.floats(values, fits.length === 1 ? [each] : [fits.length, 1, each]);
}
