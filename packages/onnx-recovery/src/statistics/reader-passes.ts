import { joinModels, renamedModel } from "@prune/onnx/advanced";
import { addMoments, emptyMoments, type Fit } from "@prune/recovery";
import { emptySplits, type Pull, powerOf, type Split } from "@prune/recovery/advanced";
import type { Between } from "../recovery/layer-plan.js";
import { type GraphBuilder, graphBuilder } from "../walk/graph-builder.js";
import { applied, byGroup, together } from "./layout.js";
import { emitMoments, momentsFrom } from "./moments-graph.js";
import { eachChunk, type LayerRows, widthOf } from "./passes.js";
import { addBatch } from "./splits.js";

/** Rows of a layer, with what the layer that reads it should give there, "next". */
export interface ReadRows {
  readonly rows: LayerRows;
  readonly between: Between;
  /** Dims that a place has behind its channels: those of a convolution's kernel. */
  readonly plane: number;
  /** Outputs of the reader. */
  readonly given: number;
}

/** Moments of what the reader is given behind fits, with what it should give. */
export async function givenPass(read: ReadRows, fits: readonly Fit[], only?: "heldOut"): Promise<Split> {
  const { rows, given } = read;
  const inputs = rows.targets;
  const split: Split = { train: emptyMoments(inputs, given), heldOut: emptyMoments(inputs, given) };
  const bytes = aroundBetween(
    read,
    (before) => fitted(before, rows, fits),
    (after, hidden) => emitMoments(after, hidden, after.fed("next", "float32"), { groups: 1, inputs }),
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
  const { rows } = read;
  const [width, q] = [rows.targets, reader.bias.length];
  const power = known.reduce((sum, { train }) => sum + powerOf(train), 0);
  const step = nearby * Math.sqrt(power / width) || nearby;
  const bytes = aroundBetween(
    read,
    (before) => {
      const { emit, floats } = before;
      const z = fitted(before, rows, fits);
      return emit("Concat", [z, emit("Add", [z, floats([step], [])]), emit("Sub", [z, floats([step], [])])], {
        axis: 0,
      });
    },
    (after, hidden) => {
      const { emit, floats, integers } = after;
      const three = emit("Reshape", [hidden, integers([3, -1, width])]);
      const part = (i: number): string =>
        emit("Reshape", [emit("Gather", [three, integers([i])], { axis: 0 }), integers([-1, width])]);
      const slopes = emit("Mul", [emit("Sub", [part(1), part(2)]), floats([1 / (2 * step)], [])]);
      const off = emit("Sub", [after.fed("next", "float32"), applied(after, part(0), [reader])]);
      const back = emit("Mul", [emit("MatMul", [off, floats(reader.weights, [q, width])]), slopes]);
      const laid = (tensor: string, all: number): string =>
        byGroup(after, tensor, rows.groups, all / rows.groups);
      emitMoments(after, laid(after.fed("x", "float32"), rows.inputs), laid(back, width), {
        ...widthOf(rows),
        squares: false,
      });
      after.output("slopes", emit("MatMul", [emit("Transpose", [slopes], { perm: [1, 0] }), slopes]));
    },
  );
  const splits = emptySplits(rows, known);
  const slopes = new Float64Array(width * width);
  let total = 0;
  await eachChunk({ ...rows, heldOut: [] }, bytes, (outputs, { count }) => {
    addBatch(splits, outputs, count, false);
    const products = outputs.slopes?.data as Float32Array;
    for (let k = 0; k < slopes.length; k++) slopes[k]! += products[k] as number;
    total += count;
  });
  return { moments: splits.map(({ train }) => train), slopes: slopes.map((sum) => sum / total) };
}

/** What a layer gives with some fits, rows x outputs. */
function fitted(graph: GraphBuilder, { groups, inputs, targets }: LayerRows, fits: readonly Fit[]): string {
  const x = byGroup(graph, graph.read("x"), groups, inputs / groups);
  return together(graph, applied(graph, x, fits), groups, targets);
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
