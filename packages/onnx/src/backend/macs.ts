import type { Sizes } from "@prune/backend";
import { int, type OnnxNode, text } from "../operators/node.js";

type Count = (sizes: Sizes, node: OnnxNode) => number;

/** Multiply-accumulates of one run of a node; operators that don't contract have none. */
export function macsOf(node: OnnxNode, sizes: Sizes): number {
  const standard = node.domain === "" || node.domain === "ai.onnx";
  const count = (standard ? macs : fusedMacs)[node.op];
  return count ? count(sizes, node) : 0;
}

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Every output element sums over a filter, whose first axis counts filters. */
const windows =
  (weight: number): Count =>
  ({ input, output }) =>
    total(output(0)) * total(input(weight).slice(1));

/** Every output element sums over the last axis of the left operand. */
const product: Count = ({ input, output }) => total(output(0)) * (input(0).at(-1) ?? 1);

/** Both weight matrices multiply once per time step. */
const recurrent: Count = ({ input }) => {
  const [steps = 1, batch = 1] = input(0);
  return steps * batch * (total(input(1)) + total(input(2)));
};

/** Queries with keys, weights with values: [.., tokens, size] each, heads apart or in the size. */
const attention: Count = ({ input, output }) =>
  (total(input(0)) + total(output(0))) * (input(1).at(-2) ?? input(0).at(-2) ?? 1);

const einsum: Count = ({ input, output }, node) => {
  const equation = text(node, "equation").replaceAll(" ", "");
  const [given = "", result] = equation.split("->");
  const size = new Map<string, number>();
  const terms = given.split(",");
  const place = (term: string, sizes: readonly number[]): void => {
    const [head = "", tail] = term.split("...");
    [...head].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, sizes[d] ?? 1));
    });
    if (tail === undefined) return;
    [...tail].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, sizes[sizes.length - tail.length + d] ?? 1));
    });
    const between = total(sizes.slice(head.length, sizes.length - tail.length));
    size.set("...", Math.max(size.get("...") ?? 1, between));
  };
  terms.forEach((term, i) => {
    place(term, input(i));
  });
  if (result !== undefined) place(result, output(0));
  return total([...size.values()]) * Math.max(1, terms.length - 1);
};

const macs: Readonly<Record<string, Count>> = {
  Conv: windows(1),
  ConvInteger: windows(1),
  QLinearConv: windows(3),
  DeformConv: windows(1),
  ConvTranspose: ({ input }) => total(input(0)) * total(input(1).slice(1)),
  Gemm: ({ input, output }, node) => total(output(0)) * (input(0)[int(node, "transA", 0) ? 0 : 1] ?? 1),
  MatMul: product,
  MatMulInteger: product,
  QLinearMatMul: product,
  Einsum: einsum,
  LSTM: recurrent,
  GRU: recurrent,
  RNN: recurrent,
  Attention: attention,
};

/** Operators of onnxruntime's own domain. */
const fusedMacs: Readonly<Record<string, Count>> = {
  FusedConv: windows(1),
  FusedMatMul: product,
  FusedGemm: macs.Gemm as Count,
  MatMulNBits: product,
  QGemm: product,
  MultiHeadAttention: attention,
  GroupQueryAttention: attention,
  Attention: ({ input, output }) => {
    const tokens = input(0).at(-2) ?? 1;
    const rows = total(input(0).slice(0, -1));
    return rows * total(input(1)) + 2 * total(output(0)) * tokens;
  },
};
