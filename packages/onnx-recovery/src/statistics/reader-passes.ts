import { joinModels, renamedModel } from "@prune/onnx/advanced";
import { addMoments, emptyMoments, type Fit } from "@prune/recovery";
import { emptySplits, type Pull, powerOf, type Split } from "@prune/recovery/advanced";
import type { Between } from "../recovery/layer-plan.js";
import { type GraphBuilder, graphBuilder } from "../walk/graph-builder.js";
import { applied, byGroup, together } from "./layout.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";
import { eachChunk, type LayerRows, widthOf } from "./passes.js";
import { addBatch } from "./splits.js";

/**
 * Rows of the layer that reads another: the other's inputs at all places that a row sees, "x", place by place, and what
 * the reader should give there, "next". Through a window, "inside" says which of the places are none of its padding.
 */
export interface ReadRows {
  readonly rows: LayerRows;
  /** Places that a row of a window sees; undefined where rows are those of the layer before. */
  readonly places: number | undefined;
  readonly between: Between;
  /** Dims that a place has behind its channels: those of a convolution's kernel. */
  readonly plane: number;
  /** Outputs of the reader. */
  readonly given: number;
}

/** Moments of what the reader is given behind fits, with what it should give. */
export async function givenPass(read: ReadRows, fits: readonly Fit[], only?: "heldOut"): Promise<Split> {
  const { rows, given } = read;
  const inputs = rows.targets * (read.places ?? 1);
  const split: Split = { train: emptyMoments(inputs, given), heldOut: emptyMoments(inputs, given) };
  const bytes = aroundBetween(
    read,
    (before) => fitted(before, read, fits),
    (after, hidden) =>
      emitMoments(after, seen(after, read, hidden), after.fed("next", "float32"), { groups: 1, inputs }),
  );
  await eachChunk(only ? { ...rows, train: [] } : rows, bytes, (outputs, { count }, heldOut) => {
    const [batch] = momentsFrom(outputs, count, 1);
    if (batch) addMoments(heldOut ? split.heldOut : split.train, batch);
  });
  return split;
}

/** How far, relative to what the outputs vary, slopes are measured to either side. */
const nearby = 0.01;

/** The reader's error led back to the layer's outputs, with the layer's inputs; squares of those are known. */
export async function pullPass(
  read: ReadRows,
  fits: readonly Fit[],
  reader: Fit,
  known: readonly Split[],
): Promise<Pull> {
  const { rows, places = 1 } = read;
  const [width, q] = [rows.targets, reader.bias.length];
  const power = known.reduce((sum, { train }) => sum + powerOf(train), 0);
  const step = nearby * Math.sqrt(power / width) || nearby;
  const bytes = aroundBetween(
    read,
    (before) => {
      const { emit, floats } = before;
      const z = fitted(before, read, fits);
      return emit("Concat", [z, emit("Add", [z, floats([step], [])]), emit("Sub", [z, floats([step], [])])], {
        axis: 0,
      });
    },
    (after, hidden) => {
      const { emit, floats, integers } = after;
      const three = emit("Reshape", [hidden, integers([3, -1, width])]);
      const part = (i: number): string =>
        emit("Reshape", [emit("Gather", [three, integers([i])], { axis: 0 }), integers([-1, width])]);
      const steep = emit("Mul", [emit("Sub", [part(1), part(2)]), floats([1 / (2 * step)], [])]);
      const slopes = read.places ? emit("Mul", [steep, insideOf(after)]) : steep;
      const off = emit("Sub", [
        after.fed("next", "float32"),
        applied(after, seen(after, read, part(0)), [reader]),
      ]);
      const led = emit("MatMul", [off, floats(reader.weights, [q, width * places])]);
      const back = emit("Mul", [read.places ? turned(after, led, [width, places], width) : led, slopes]);
      const laid = (tensor: string, all: number): string =>
        byGroup(after, tensor, rows.groups, all / rows.groups);
      emitMoments(
        after,
        laid(placed(after, read, after.fed("x", "float32")), rows.inputs),
        laid(back, width),
        {
          ...widthOf(rows),
          squares: false,
        },
      );
      after.output("slopes", emit("MatMul", [emit("Transpose", [slopes], { perm: [1, 0] }), slopes]));
    },
  );
  const splits = emptySplits(rows, known);
  const inSplits = known.reduce((sum, { train }) => sum + train.count, 0) / known.length;
  const slopes = new Float64Array(width * width);
  let total = 0;
  await eachChunk({ ...rows, heldOut: [] }, bytes, (outputs, { count }) => {
    addBatch(splits, outputs, count * places, false);
    const products = outputs.slopes?.data as Float32Array;
    for (let k = 0; k < slopes.length; k++) slopes[k]! += products[k] as number;
    total += count * places;
  });
  return {
    // Squares are those of the layer's own rows, of which there may be another number.
    moments: splits.map(({ train }) =>
      read.places ? { ...train, xx: train.xx.map((sum) => (sum * total) / inSplits) } : train,
    ),
    slopes: slopes.map((sum) => sum / total),
  };
}

/** What a layer gives with some fits, rows x outputs. */
function fitted(graph: GraphBuilder, read: ReadRows, fits: readonly Fit[]): string {
  const { groups, inputs, targets } = read.rows;
  const x = byGroup(graph, placed(graph, read, graph.read("x")), groups, inputs / groups);
  return together(graph, applied(graph, x, fits), groups, targets);
}

/** The layer's inputs with a row for each place that the reader sees. */
const placed = (graph: GraphBuilder, { places, rows: { inputs } }: ReadRows, x: string): string =>
  places ? graph.emit("Reshape", [x, graph.integers([-1, inputs])]) : x;

/** The layer's outputs at all places of a row side by side, as the reader's weights lie; its padding is zeros. */
const seen = (graph: GraphBuilder, { places, rows: { targets } }: ReadRows, hidden: string): string =>
  places
    ? turned(graph, graph.emit("Mul", [hidden, insideOf(graph)]), [places, targets], targets * places)
    : hidden;

const insideOf = (graph: GraphBuilder): string =>
  graph.emit("Reshape", [graph.fed("inside", "float32"), graph.integers([-1, 1])]);

/** Rows of matrices turned, in rows of another width. */
function turned(graph: GraphBuilder, tensor: string, size: readonly [number, number], width: number): string {
  const apart = graph.emit("Reshape", [tensor, graph.integers([-1, ...size])]);
  const swapped = graph.emit("Transpose", [apart], { perm: [0, 2, 1] });
  return graph.emit("Reshape", [swapped, graph.integers([-1, width])]);
}

/** A model of rows that go through the nodes between two layers, and of what is made of them behind. */
function aroundBetween(
  { between: { bytes, opset, from, to }, plane, rows: { targets } }: ReadRows,
  make: (before: GraphBuilder) => string,
  use: (after: GraphBuilder, hidden: string) => void,
): Uint8Array {
  const before = graphBuilder({ opset, prefix: "before::" });
  const ones = Array.from({ length: plane }, () => 1);
  const reshape = (graph: GraphBuilder, tensor: string, dims: readonly number[]): string =>
    graph.emit("Reshape", [tensor, graph.integers([-1, targets, ...dims])]);
  before.output("rows", reshape(before, make(before), ones));
  const named = (tensor: string): string => (tensor === from ? "before::rows" : `between::${tensor}`);
  const after = graphBuilder({ opset });
  use(after, reshape(after, after.read(named(to)), []));
  const parts = from === to ? [] : [renamedModel(bytes, named)];
  return joinModels([before.toBytes(), ...parts, after.toBytes()], after.outputs);
}
