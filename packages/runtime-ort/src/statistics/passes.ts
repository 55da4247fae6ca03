import type { Linear } from "@prune/onnx";
import { addMoments, type Clipped, emptyMoments, type Fit, type Moments, type Split } from "@prune/recovery";
import type { Tensor } from "onnxruntime-node";
import { type Outputs, runTensors, tensorsOf } from "../run.js";
import { createSession, type Session, type SessionOptions } from "../session.js";
import { joined } from "./fits.js";
import { type GraphBuilder, graphBuilder } from "./graph-builder.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";
import { type Rows, rowsOf, type Sampled } from "./rows.js";
import type { Tail } from "./tail.js";

/** One layer's tensors, batch by batch. */
export interface Pass {
  readonly linear: Linear;
  readonly tail: Tail;
  /** Channels of the dense output that are left. */
  readonly kept: readonly number[];
  readonly batches: readonly {
    readonly rows: Sampled;
    readonly heldOut: boolean;
    readonly input: Tensor;
    /** The dense output, or the sum it is part of. */
    readonly target: Tensor;
    /** What the pruned net adds to the output. */
    readonly other?: Tensor;
  }[];
  readonly options: SessionOptions;
  readonly signal: AbortSignal | undefined;
}

/** Moments of the layer's inputs with the targets of its own output. */
export async function momentsPass(pass: Pass): Promise<Split[]> {
  const splits = emptySplits(pass);
  await eachBatch(
    pass,
    (graph, rows) => {
      const target = targetOf(pass, graph, rows);
      emitMoments(graph, rows.input("input"), target, pass.linear.groups);
    },
    (outputs, { rows, heldOut }) => add(splits, outputs, rows.count, heldOut),
  );
  return splits;
}

/** The same with targets that a Relu hides moved to where the fits are, and the fits' error behind the Relu. */
export async function clippedPass(
  pass: Pass,
  fits: readonly Fit[],
  known: readonly Split[],
): Promise<Clipped> {
  const { groups } = pass.linear;
  const splits = emptySplits(pass, known);
  const sums = { train: [0, 0], heldOut: [0, 0] };
  await eachBatch(
    pass,
    (graph, rows) => {
      const { emit } = graph;
      const x = rows.input("input");
      const scaled = scaledBy(pass, graph);
      const other = pass.tail.residual ? rows.output("other") : undefined;
      const plus = (tensor: string): string => (other ? emit("Add", [tensor, other]) : tensor);
      const z = emit("Add", [emit("MatMul", [x, weightsOf(graph, fits)]), biasOf(graph, fits)]);
      const fitted = plus(scaled.forth(z));
      const dense = rows.output("target", pass.kept);
      const wanted = pass.tail.residual ? dense : scaled.forth(dense);
      const passes = emit("Cast", [emit("Greater", [wanted, graph.floats([0], [])])], { to: 1 });
      // Where the dense net passes nothing, any value that passes nothing will do: the fit's own.
      const hidden = emit("Neg", [emit("Relu", [emit("Neg", [fitted])])]);
      const blocked = emit("Sub", [graph.floats([1], []), passes]);
      const moved = emit("Add", [emit("Relu", [wanted]), emit("Mul", [blocked, hidden])]);
      const target = scaled.back(other ? emit("Sub", [moved, other]) : moved);
      emitMoments(graph, x, target, groups, { squares: false });
      const off = emit("Sub", [emit("Relu", [wanted]), emit("Relu", [fitted])]);
      graph.output("error", emit("ReduceMean", [emit("Mul", [off, off])], { keepdims: 0 }));
      const seen = emit("Relu", [wanted]);
      graph.output("power", emit("ReduceMean", [emit("Mul", [seen, seen])], { keepdims: 0 }));
    },
    (outputs, { rows, heldOut }) => {
      add(splits, outputs, rows.count, heldOut);
      const sum = heldOut ? sums.heldOut : sums.train;
      sum[0]! += numberIn(outputs, "error") * rows.count;
      sum[1]! += numberIn(outputs, "power") * rows.count;
    },
  );
  const relative = ([error, power]: number[]): number => (error as number) / (power || 1);
  return { splits, train: relative(sums.train), heldOut: relative(sums.heldOut) };
}

const numberIn = (outputs: Outputs, name: string): number => Number(outputs[name]?.data[0]);

type Batch = Pass["batches"][number];

async function eachBatch(
  pass: Pass,
  build: (graph: GraphBuilder, rows: Rows) => void,
  take: (outputs: Outputs, batch: Batch) => void,
): Promise<void> {
  const { linear, batches, options, signal } = pass;
  const sessions = new Map<string, Session>();
  const sessionFor = async ({ rows, other }: Batch): Promise<Session> => {
    const key = rows.pads.join();
    const known = sessions.get(key);
    if (known) return known;
    const graph = graphBuilder();
    for (const name of ["input", "target", "mean", ...(other ? ["other"] : [])]) graph.input(name, "float32");
    build(graph, rowsOf(graph, linear, rows.pads));
    const session = await createSession(graph.toBytes(), options);
    sessions.set(key, session);
    return session;
  };
  try {
    for (const batch of batches) {
      signal?.throwIfAborted();
      const session = await sessionFor(batch);
      const { input, target, other } = batch;
      const feeds = { ...batch.rows.feeds, input, target, ...(other ? { other } : {}) };
      take(await runTensors(session, await tensorsOf(session, feeds)), batch);
    }
  } finally {
    for (const session of sessions.values()) await session.release();
  }
}

/** Empty moments by group; squares of the inputs that are known already are shared. */
function emptySplits({ linear, kept }: Pass, known?: readonly Split[]): Split[] {
  const { groups } = linear;
  const make = (squares?: Moments): Moments => {
    const empty = emptyMoments(joined(linear), kept.length / groups);
    return squares ? { ...empty, xx: squares.xx } : empty;
  };
  return Array.from({ length: groups }, (_, g) => ({
    train: make(known?.[g]?.train),
    heldOut: make(known?.[g]?.heldOut),
  }));
}

function add(splits: readonly Split[], outputs: Outputs, count: number, heldOut: boolean): void {
  momentsFrom(outputs, count, splits.length).forEach((batch, g) => {
    const { train, heldOut: out } = splits[g] as Split;
    addMoments(heldOut ? out : train, batch);
  });
}

/** What the layer itself should give: the dense output, or what the sum lacks of the dense sum. */
function targetOf(pass: Pass, graph: GraphBuilder, rows: Rows): string {
  const dense = rows.output("target", pass.kept);
  if (!pass.tail.residual) return dense;
  return scaledBy(pass, graph).back(graph.emit("Sub", [dense, rows.output("other")]));
}

/** The affine map behind the layer, and back. */
function scaledBy(
  { tail: { scale, shift }, linear: { groups } }: Pass,
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
  const values = Float32Array.from(fits.flatMap(({ bias }) => Array.from(bias)));
  return graph.floats(
    values,
    fits.length === 1 ? [values.length] : [fits.length, 1, values.length / fits.length],
  );
}
