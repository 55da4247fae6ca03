import { ownEntry } from "@prune/graph/advanced";
import type { Model, Node, Weight } from "../model.js";
import { order } from "../order.js";
import { isFloat, type StoredMatrix, storedMatrix, type Wiring, wiringOf } from "./stored-matrix.js";

/** How a convolution's window moves over its input. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  /** Begins, then ends; undefined where `autoPad` decides. */
  readonly pads: readonly number[] | undefined;
  readonly autoPad: string;
  /** A transposed convolution: what would be written goes out from each input. */
  readonly transposed?: true;
  /** Added to the sizes of a transposed convolution's output. */
  readonly outputPadding?: readonly number[];
}

/** A node that multiplies its input by stored weights and sums: y = W x + b at every position. */
export interface Linear {
  readonly node: Node;
  readonly name: string;
  readonly input: string;
  /** The result with the bias, wherever that is added. */
  readonly output: string;
  readonly groups: number;
  /** Channels in and out, over all groups. */
  readonly inputs: number;
  readonly outputs: number;
  /** Of a convolution; a matrix product has none. */
  readonly window: Window | undefined;
  /** Weights as outputs x (inputs of a group x kernel). */
  weights(): Float32Array;
  bias(): Float32Array | undefined;
  /** Where weights and bias are stored. */
  readonly place: Place;
}

export interface Place {
  /** Input of the node that holds the weights. */
  readonly operand: number;
  readonly matrix: StoredMatrix;
  /** The stored tensor has a row per output, not per input. */
  readonly byOutput: boolean;
  /** The node and the input that add the bias; undefined where nothing does. */
  readonly bias:
    | { readonly node: Node; readonly operand: number; readonly weight: Weight; readonly alone: boolean }
    | undefined;
}

/** The convolutions and matrix products with stored float32 weights, in topological order. */
export const linears = (model: Model): Linear[] =>
  linearLayers(model).filter(
    ({ place, window }) =>
      !window?.transposed &&
      place.matrix.weight.dtype === "float32" &&
      (place.bias?.weight.dtype ?? "float32") === "float32",
  );

/** The same with stored float16 weights and transposed convolutions too. */
export function linearLayers(model: Model): Linear[] {
  const wiring = wiringOf(model);
  return order(model.graph).flatMap((index) => {
    const node = model.graph.nodes[index] as Node;
    const make = node.domain === "" || node.domain === "ai.onnx" ? ownEntry(makers, node.op) : undefined;
    return make?.(node, wiring) ?? [];
  });
}

type Maker = (node: Node, wiring: Wiring) => Linear | undefined;

const makers: Readonly<Record<string, Maker>> = {
  Conv: convolution,
  ConvTranspose: transposedConvolution,
  Gemm: gemm,
  MatMul: matmul,
};

function convolution(node: Node, wiring: Wiring): Linear | undefined {
  const matrix = storedMatrix(wiring, node.inputs[1] ?? "");
  if (!matrix || matrix.turned || matrix.weight.shape.length < 3) return undefined;
  const [outputs, perGroup, ...kernel] = matrix.weight.shape as [number, number, ...number[]];
  const groups = intOf(node, "group", 1);
  const bias = storedBias(wiring, node, 2, outputs);
  if (bias === "unknown") return undefined;
  const ones = kernel.map(() => 1);
  const auto = node.attributes.get("auto_pad");
  const autoPad = auto?.kind === "string" ? auto.value : "NOTSET";
  return {
    ...common(node, { operand: 1, matrix, bias, byOutput: true }, node.outputs[0] as string),
    groups,
    inputs: perGroup * groups,
    outputs,
    window: {
      kernel,
      strides: intsOf(node, "strides") ?? ones,
      dilations: intsOf(node, "dilations") ?? ones,
      pads: autoPad === "NOTSET" ? (intsOf(node, "pads") ?? [...kernel, ...kernel].map(() => 0)) : undefined,
      autoPad,
    },
    weights: () => floats(matrix.weight),
  };
}

function transposedConvolution(node: Node, wiring: Wiring): Linear | undefined {
  const matrix = storedMatrix(wiring, node.inputs[1] ?? "");
  if (!matrix || matrix.turned || matrix.weight.shape.length < 3) return undefined;
  const [inputs, perGroup, ...kernel] = matrix.weight.shape as [number, number, ...number[]];
  const groups = intOf(node, "group", 1);
  const bias = storedBias(wiring, node, 2, perGroup * groups);
  const auto = node.attributes.get("auto_pad");
  const isPlain = auto?.kind !== "string" || auto.value === "NOTSET";
  if (bias === "unknown" || !isPlain || node.attributes.has("output_shape")) return undefined;
  const ones = kernel.map(() => 1);
  const outputPadding = intsOf(node, "output_padding");
  return {
    ...common(node, { operand: 1, matrix, bias, byOutput: false }, node.outputs[0] as string),
    groups,
    inputs,
    outputs: perGroup * groups,
    window: {
      kernel,
      strides: intsOf(node, "strides") ?? ones,
      dilations: intsOf(node, "dilations") ?? ones,
      pads: intsOf(node, "pads") ?? [...kernel, ...kernel].map(() => 0),
      autoPad: "NOTSET",
      transposed: true,
      ...(outputPadding && { outputPadding }),
    },
    weights: () => swapped(floats(matrix.weight), groups, inputs / groups, perGroup),
  };
}

/** Rows and columns of each group exchanged, what lies inside a cell kept together. */
export function swapped(data: Float32Array, groups: number, rows: number, columns: number): Float32Array {
  const inner = data.length / (groups * rows * columns);
  const out = new Float32Array(data.length);
  for (let g = 0; g < groups; g++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const from = ((g * rows + r) * columns + c) * inner;
        const to = ((g * columns + c) * rows + r) * inner;
        for (let i = 0; i < inner; i++) out[to + i] = data[from + i] as number;
      }
  return out;
}

function gemm(node: Node, wiring: Wiring): Linear | undefined {
  const matrix = storedMatrix(wiring, node.inputs[1] ?? "");
  // Beta scales what is added; exporters write 0 where nothing is.
  const plain = floatOf(node, "alpha", 1) === 1 && (!node.inputs[2] || floatOf(node, "beta", 1) === 1);
  if (!matrix || !plain || intOf(node, "transA", 0) === 1) return undefined;
  return product(node, wiring, matrix, matrix.turned !== (intOf(node, "transB", 0) === 1), (outputs) =>
    storedBias(wiring, node, 2, outputs),
  );
}

function matmul(node: Node, wiring: Wiring): Linear | undefined {
  const matrix = storedMatrix(wiring, node.inputs[1] ?? "");
  return (
    matrix && product(node, wiring, matrix, matrix.turned, (outputs) => addedBias(wiring, node, outputs))
  );
}

type Bias = Place["bias"];

function product(
  node: Node,
  wiring: Wiring,
  matrix: StoredMatrix,
  byOutput: boolean,
  find: (outputs: number) => Bias | "unknown",
): Linear | undefined {
  const { shape } = matrix.weight;
  if (shape.length !== 2 || wiring.stored(node.inputs[0] ?? "")) return undefined;
  const [rows, columns] = shape as [number, number];
  const [outputs, inputs] = byOutput ? [rows, columns] : [columns, rows];
  const bias = find(outputs);
  if (bias === "unknown") return undefined;
  const output = (bias?.node ?? node).outputs[0] as string;
  return {
    ...common(node, { operand: 1, matrix, bias, byOutput }, output),
    groups: 1,
    inputs,
    outputs,
    window: undefined,
    weights: () => (byOutput ? floats(matrix.weight) : turn(floats(matrix.weight), inputs, outputs)),
  };
}

const common = (
  node: Node,
  place: Place,
  output: string,
): Pick<Linear, "node" | "name" | "input" | "output" | "place" | "bias"> => ({
  node,
  name: node.name || (node.outputs[0] as string),
  input: node.inputs[0] as string,
  output,
  place,
  bias: () => place.bias && floats(place.bias.weight),
});

/** A bias input of the node itself. */
function storedBias(wiring: Wiring, node: Node, operand: number, outputs: number): Bias | "unknown" {
  const name = node.inputs[operand] ?? "";
  if (name === "") return undefined;
  const weight = wiring.stored(name);
  if (!weight || !isFloat(weight) || size(weight) !== outputs || weight.shape.at(-1) !== outputs)
    return "unknown";
  return { node, operand, weight, alone: wiring.readers(name).length === 1 };
}

/** A stored vector that the only reader of the product adds to it. */
function addedBias(wiring: Wiring, node: Node, outputs: number): Bias {
  const result = node.outputs[0] as string;
  const [reader, ...others] = wiring.readers(result);
  if (reader?.op !== "Add" || others.length > 0 || wiring.isOutput(result)) return undefined;
  const operand = reader.inputs[0] === result ? 1 : 0;
  const name = reader.inputs[operand] as string;
  const weight = wiring.stored(name);
  if (!weight || !isFloat(weight) || size(weight) !== outputs || weight.shape.at(-1) !== outputs)
    return undefined;
  return { node: reader, operand, weight, alone: wiring.readers(name).length === 1 };
}

const size = ({ shape }: Weight): number => shape.reduce((a, b) => a * b, 1);

const floats = (weight: Weight): Float32Array => weight.tensor().data as Float32Array;

/** A rows x columns matrix, transposed. */
export function turn(data: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(data.length);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = data[r * columns + c] as number;
  return out;
}

function intOf(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "int" ? attribute.value : otherwise;
}

function floatOf(node: Node, name: string, otherwise: number): number {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "float" ? attribute.value : otherwise;
}

function intsOf(node: Node, name: string): readonly number[] | undefined {
  const attribute = node.attributes.get(name);
  return attribute?.kind === "ints" ? attribute.value : undefined;
}
