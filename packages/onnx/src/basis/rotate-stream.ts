import { type Draft, finish } from "../cut/draft.js";
import { sweep } from "../cut/sweep.js";
import { createWriter, type Writer } from "../mask/writer.js";
import type { GraphEdit, Model } from "../model.js";
import { float, type OnnxNode } from "../operators/node.js";
import type { Linear } from "../refit/linear.js";
import type { OnnxSource } from "../trace/source.js";
import type { Stream, StreamNorm, StreamParameter } from "./find-stream.js";

/**
 * A model whose stream is in another orthonormal basis, and computes the same (SliceGPT, arXiv 2401.15024): the scale and
 * shift of norms go into the layers that read them, means are taken out of what writes the stream so that norms are root
 * mean squares, which no rotation changes, and all weights along the stream are turned.
 *
 * @param basis width x width, a column per new unit, by the stream's units
 */
export function rotateStream(
  model: Model,
  source: OnnxSource,
  stream: Stream,
  basis: Float64Array,
): GraphEdit {
  const writer = createWriter(model, { prefix: "basis" });
  const { draft } = writer;
  const { width, norms, written, read } = stream;
  const into = stream.centred ? centredBasis(basis, width) : basis;
  const now = (name: string): Float32Array => source.weight(name)?.tensor().data as Float32Array;
  for (const parameter of written) turn(draft, source, parameter, width, into, now(parameter.tensor));
  for (const norm of norms) {
    const [, scale = "", shift = ""] = norm.node.inputs;
    const gamma = scale === "" ? undefined : now(scale);
    const beta = shift === "" ? undefined : now(shift);
    for (const layer of norm.readers)
      if (beta?.some((value) => value !== 0)) addShift(writer, layer, inUnits(stream, beta), read);
    for (const parameter of read.filter((one) => one.norm === norm.node)) {
      const by = gamma ? scaledBasis(basis, width, inUnits(stream, gamma)) : basis;
      turn(draft, source, parameter, width, by, now(parameter.tensor));
    }
    spellOut(writer, norm);
  }
  return finish(draft, sweep(model.graph, draft), () => true);
}

/** A vector along the stream, by units. */
function inUnits({ units }: Stream, values: Float32Array): Float64Array {
  const out = new Float64Array(values.length);
  units.forEach((unit, place) => {
    out[unit] = values[place] as number;
  });
  return out;
}

/** (I - 11'/n) Q: what is turned has no mean. */
function centredBasis(basis: Float64Array, n: number): Float64Array {
  const out = basis.slice();
  for (let k = 0; k < n; k++) {
    let mean = 0;
    for (let j = 0; j < n; j++) mean += (basis[j * n + k] as number) / n;
    for (let j = 0; j < n; j++) out[j * n + k]! -= mean;
  }
  return out;
}

const scaledBasis = (basis: Float64Array, n: number, by: Float64Array): Float64Array =>
  basis.map((value, i) => value * (by[Math.floor(i / n)] as number));

/** v'[.., k, ..] = sum of v[.., j, ..] M[j, k], positions of the new being units in order. */
function turn(
  draft: Draft,
  source: OnnxSource,
  { tensor, dim, places }: StreamParameter,
  n: number,
  by: Float64Array,
  values: Float32Array,
): void {
  const shape = source.weight(tensor)?.shape as readonly number[];
  const inner = shape.slice(dim + 1).reduce((a, b) => a * b, 1);
  const bytes = (): Uint8Array => {
    const out = new Float32Array(values.length);
    const sums = new Float64Array(n * inner);
    for (let block = 0; block < values.length; block += n * inner) {
      sums.fill(0);
      for (let j = 0; j < n; j++) {
        const from = block + (places[j] as number) * inner;
        for (let k = 0; k < n; k++) {
          const m = by[j * n + k] as number;
          if (m !== 0)
            for (let i = 0; i < inner; i++) sums[k * inner + i]! += m * (values[from + i] as number);
        }
      }
      for (let k = 0; k < n; k++) {
        const to = block + (places[k] as number) * inner;
        for (let i = 0; i < inner; i++) out[to + i] = sums[k * inner + i] as number;
      }
    }
    return new Uint8Array(out.buffer);
  };
  draft.tensors.set(tensor, { shape, bytes });
}

/** A norm's shift goes through a layer into its bias. */
function addShift(writer: Writer, layer: Linear, beta: Float64Array, read: readonly StreamParameter[]): void {
  const { draft } = writer;
  const weights = layer.weights();
  const { places } = read.find(({ tensor }) => tensor === layer.place.matrix.weight.name) as StreamParameter;
  const shift = Float32Array.from({ length: layer.outputs }, (_, o) =>
    beta.reduce(
      (sum, b, unit) => sum + b * (weights[o * layer.inputs + (places[unit] as number)] as number),
      0,
    ),
  );
  const { bias } = layer.place;
  const old = layer.bias();
  if (bias && old) {
    const sum = Float32Array.from(old, (value, o) => value + (shift[o] as number));
    const bytes = (): Uint8Array => new Uint8Array(sum.buffer);
    if (bias.alone) draft.tensors.set(bias.weight.name, { shape: bias.weight.shape, bytes });
    else
      draft.setInput(
        bias.node.index,
        bias.operand,
        draft.constant(`${bias.weight.name}_shifted`, 1, bias.weight.shape, bytes),
      );
    return;
  }
  const output = layer.node.outputs[0] as string;
  const plain = draft.unused(`${output}_plain`);
  draft.edit(layer.node.index, { outputs: [plain] });
  writer.before = layer.node.index + 1;
  const spatial = layer.window?.kernel.map(() => 1) ?? [];
  writer.emit("Add", [plain, writer.constant(1, shift, [shift.length, ...spatial])], {}, output);
}

/** x / sqrt(mean(x^2) + epsilon) in place of a norm, whose input has no mean. */
function spellOut(writer: Writer, { node }: StreamNorm): void {
  const { draft } = writer;
  const x = draft.operand(node.index, 0);
  writer.before = node.index;
  const power = writer.reduce("ReduceMean", writer.emit("Mul", [x, x]), [-1]);
  const shifted = writer.emit("Add", [power, writer.scalar(1, epsilonOf(node))]);
  writer.emit("Div", [x, writer.emit("Sqrt", [shifted])], {}, node.outputs[0] as string);
  draft.nodes.set(node.index, null);
}

const epsilonOf = (node: OnnxNode): number => float(node, "epsilon") ?? 1e-5;
