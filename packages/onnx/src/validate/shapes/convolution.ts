import type { Dim } from "@prune/graph/advanced";
import { differ, firstFault, rankOf, type Seen, shown } from "@prune/graph/rules";
import { int, ints, type OnnxNode } from "../../operators/node.js";
import { lengthFault, type ShapeTest } from "./seen.js";

/** Settings of a window over the dims behind batch and channels. */
const windowed =
  (input: number): ShapeTest =>
  (node, { shape }) => {
    const found = shape(input);
    if (!found) return undefined;
    const spatial = found.length - 2;
    return (
      lengthFault(node, "kernel_shape", spatial) ??
      lengthFault(node, "strides", spatial) ??
      lengthFault(node, "dilations", spatial) ??
      lengthFault(node, "pads", 2 * spatial)
    );
  };

/** A kernel of the input's rank, whose channels are the input's; `at` are the inputs of data and kernel. */
const kernel =
  ([x, w]: readonly [number, number], channels: (kernel: readonly Dim[], group: number) => Dim): ShapeTest =>
  (node, { shape }) => {
    const weight = shape(w);
    const data = shape(x);
    if (!weight) return undefined;
    if (weight.length < 3)
      return `its kernel has the shape ${shown(weight)}, and the rank must be at least 3`;
    const sizes = ints(node, "kernel_shape");
    if (sizes && (sizes.length !== weight.length - 2 || sizes.some((n, i) => differ(n, weight[i + 2]))))
      return `the attribute "kernel_shape" is ${shown(sizes)}, and its kernel has the shape ${shown(weight)}`;
    if (!data) return undefined;
    if (data.length !== weight.length)
      return `its kernel has the shape ${shown(weight)}, and the input it slides over ${shown(data)}`;
    const want = channels(weight, int(node, "group", 1));
    return differ(want, data[1])
      ? `its kernel of the shape ${shown(weight)} takes ${want} channels, and its input of the shape ${shown(data)} has ${data[1]}`
      : undefined;
  };

const grouped = (size: Dim | undefined, node: OnnxNode): string | undefined => {
  const group = int(node, "group", 1);
  return typeof size === "number" && size % group !== 0
    ? `its ${size} channels don't split into ${group} groups`
    : undefined;
};

const convolution = (x: number, w: number): ShapeTest =>
  firstFault(
    rankOf(x, 3),
    kernel([x, w], (weight, group) =>
      typeof weight[1] === "number" ? weight[1] * group : (weight[1] as Dim),
    ),
    (node, { shape }) => grouped(shape(w)?.[0], node),
    windowed(x),
  );

const transposedChannels = (node: OnnxNode, { shape }: Seen): Dim | undefined => {
  const out = shape(1)?.[1];
  return typeof out === "number" ? out * int(node, "group", 1) : out;
};

/** Runtimes would read behind the end of what is stored, and find anything there. */
const enoughBias =
  (channels: (node: OnnxNode, seen: Seen) => Dim | undefined): ShapeTest =>
  (node, seen) => {
    const found = seen.shape(2);
    const want = channels(node, seen);
    if (!found?.every((size) => typeof size === "number") || typeof want !== "number") return undefined;
    const stored = (found as readonly number[]).reduce((a, b) => a * b, 1);
    return stored < want
      ? `its bias has the shape ${shown(found)}, and there are ${want} channels`
      : undefined;
  };

/** Runtimes read as many numbers of a bias as there are channels, whatever its shape; only a vector is known. */
const bias =
  (input: number, channels: (node: OnnxNode, seen: Seen) => Dim | undefined): ShapeTest =>
  (node, seen) => {
    const found = seen.shape(input);
    const want = channels(node, seen);
    if (!found || (found.length === 1 && !differ(found[0], want))) return undefined;
    return `its bias has the shape ${shown(found)}, not [${want ?? "channels"}]`;
  };

/** Shapes with which no runtime runs a convolution or a pool. */
export const impossibleWindows: Readonly<Record<string, ShapeTest>> = {
  Conv: firstFault(
    convolution(0, 1),
    enoughBias((_, { shape }) => shape(1)?.[0]),
  ),
  ConvInteger: convolution(0, 1),
  QLinearConv: convolution(0, 3),
  ConvTranspose: firstFault(
    rankOf(0, 3),
    kernel([0, 1], (weight) => weight[0] as Dim),
    (node, { shape }) => grouped(shape(1)?.[0], node),
    windowed(0),
    enoughBias(transposedChannels),
  ),
  MaxPool: firstFault(rankOf(0, 3), windowed(0)),
  AveragePool: firstFault(rankOf(0, 3), windowed(0)),
  LpPool: firstFault(rankOf(0, 3), windowed(0)),
  GlobalAveragePool: rankOf(0, 2),
  GlobalMaxPool: rankOf(0, 2),
};

/** Shapes that runtimes take although ONNX excludes them. */
export const unusualWindows: Readonly<Record<string, ShapeTest>> = {
  Conv: bias(2, (_, { shape }) => shape(1)?.[0]),
  ConvTranspose: bias(2, transposedChannels),
};
