import {
  differ,
  dimsAt,
  einsumFault,
  firstFault,
  misfit,
  rankOf,
  type Seen,
  shown,
  stretches,
  stretchFault,
} from "@prune/graph/rules";
import { has, int, ints, type OnnxNode, text } from "../../operators/node.js";
import { axis } from "./axes.js";
import type { ShapeTest } from "./seen.js";

/** Shapes that stretch to each other as numpy's do; before opset 7 operators had a rule of their own. */
export const broadcast =
  (first = 0): ShapeTest =>
  (node, { shape }) =>
    node.opset < 7 ? undefined : stretchFault(node.inputs.map((_, i) => (i < first ? undefined : shape(i))));

const product =
  (x: number, y: number): ShapeTest =>
  (_, { shape }) => {
    const [a, b] = [shape(x), shape(y)];
    if (!a || !b) return undefined;
    if (a.length === 0 || b.length === 0) return misfit(a, b);
    const rows = b.length === 1 ? b[0] : b.at(-2);
    return differ(a.at(-1), rows) || !stretches([...a.slice(0, -2), 1], [...b.slice(0, -2), 1])
      ? misfit(a, b)
      : undefined;
  };

const gemm: ShapeTest = (node, { shape }) => {
  const [a, b] = [shape(0), shape(1)];
  if (!a || !b) return undefined;
  const inner = a[int(node, "transA", 0) ? 0 : 1];
  return differ(inner, b[int(node, "transB", 0) ? 1 : 0]) ? misfit(a, b) : undefined;
};

/** Vectors of one number for each channel. */
const perChannel =
  (inputs: readonly number[]): ShapeTest =>
  (node, { shape }) => {
    const data = shape(0);
    if (!data || data.length < 2 || int(node, "spatial", 1) === 0) return undefined;
    const bad = inputs.find((i) => {
      const vector = shape(i);
      return vector && (vector.length !== 1 || differ(vector[0], data[1]));
    });
    return bad === undefined
      ? undefined
      : `its input ${bad} has the shape ${shown(shape(bad) ?? [])}, and there are ${data[1]} channels`;
  };

const recurrent = (gates: number): ShapeTest =>
  firstFault<OnnxNode>(rankOf(0, 3, 3), rankOf(1, 3, 3), rankOf(2, 3, 3), (node, { shape }) => {
    const [x, w, r] = [shape(0), shape(1), shape(2)];
    const hidden = int(node, "hidden_size") ?? r?.[2];
    const rows = typeof hidden === "number" ? gates * hidden : undefined;
    if (w && (differ(w[1], rows) || differ(w[2], x?.[2])))
      return `its weights have the shape ${shown(w)}, and they meet ${shown(x ?? [])} and ${hidden} hidden units`;
    return r && (differ(r[1], rows) || differ(r[2], hidden) || differ(r[0], w?.[0]))
      ? `its recurrent weights have the shape ${shown(r)}, and there are ${hidden} hidden units`
      : undefined;
  });

/** New sizes hold as many elements as the old ones. */
const reshaped: ShapeTest = (node, { shape, numbers }) => {
  const found = shape(0);
  const sizes = has(node, 1) ? numbers(1) : undefined;
  if (!found?.every((size) => typeof size === "number") || !sizes) return undefined;
  const keeps = int(node, "allowzero", 0) === 0;
  const made = sizes.map((size, d) => (size === 0 && keeps ? found[d] : size));
  const open = made.filter((size) => size === -1).length;
  const bad = made.some((size) => size === undefined || (size as number) < -1) || open > 1;
  const have = count(found as readonly number[]);
  const want = count(made.filter((size) => size !== -1) as readonly number[]);
  return bad || (open === 1 ? want === 0 || have % want !== 0 : have !== want)
    ? `the shape ${shown(found)} can't become ${shown(sizes)}`
    : undefined;
};

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const groupNorm: ShapeTest = (node, { shape }) => {
  const channels = shape(0)?.[1];
  const groups = int(node, "num_groups", 1);
  return typeof channels === "number" && channels % groups !== 0
    ? `its ${channels} channels don't split into ${groups} groups`
    : undefined;
};

const sizedByInput = (node: OnnxNode, { numbers }: Seen): string | undefined => {
  const bad = numbers(node.op === "ConstantOfShape" ? 0 : 1)?.find((size) => size < 0);
  return bad === undefined ? undefined : `it asks for a size of ${bad}`;
};

/** What scales and shifts stretches to the dims that are normalised. */
const layerNorm: ShapeTest = (node, { shape }) => {
  const x = shape(0);
  if (!x) return undefined;
  const normalised = int(node, "axis", -1);
  const dims = normalised < 0 ? -normalised : x.length - normalised;
  for (const i of [1, 2]) {
    const parameter = shape(i);
    if (parameter && (parameter.length > dims || !stretches(x, parameter))) return misfit(x, parameter);
  }
  return undefined;
};

/** Vectors of sizes and scales: with others some runtimes end the process that they are in. */
const resized: ShapeTest = firstFault<OnnxNode>(
  rankOf(1, 1, 1),
  rankOf(2, 1, 1),
  rankOf(3, 1, 1),
  (node, { shape }) => {
    const x = shape(0);
    const dims = ints(node, "axes")?.length ?? x?.length;
    for (const i of [node.opset < 11 ? 1 : 2, 3]) {
      const given = shape(i)?.[0];
      if (typeof given === "number" && given > 0 && dims !== undefined && given !== dims)
        return `its input ${i} has ${given} numbers, and ${dims} dims are resized`;
    }
    return undefined;
  },
);

/** An operand for each part of the equation, with a dim for each of its letters. */
const einsum: ShapeTest = (node, { shape }) =>
  einsumFault(
    text(node, "equation"),
    node.inputs.map((_, i) => shape(i)),
  );

/** Shapes side by side with which no runtime runs these operators. */
export const impossibleOperands: Readonly<Record<string, ShapeTest>> = {
  MatMul: product(0, 1),
  MatMulInteger: product(0, 1),
  QLinearMatMul: product(0, 3),
  Gemm: firstFault(rankOf(0, 2, 2), rankOf(1, 2, 2), gemm),
  BatchNormalization: perChannel([1, 2, 3, 4]),
  InstanceNormalization: firstFault(rankOf(0, 3), perChannel([1, 2])),
  GroupNormalization: groupNorm,
  LSTM: recurrent(4),
  GRU: recurrent(3),
  RNN: recurrent(1),
  LayerNormalization: firstFault(axis(-1), layerNorm),
  RMSNormalization: firstFault(axis(-1), layerNorm),
  Resize: resized,
  Upsample: rankOf(1, 1, 1),
  Einsum: einsum,
  Reshape: firstFault(dimsAt(1), reshaped),
  ConstantOfShape: firstFault(dimsAt(0), sizedByInput),
  Expand: firstFault(dimsAt(1), sizedByInput),
};
