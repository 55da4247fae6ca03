import type { Dim } from "@prune/graph/advanced";
import {
  differ,
  einsumFault,
  firstFault,
  misfit,
  rankOf,
  type Seen,
  shown,
  stretches,
  stretchFault,
  wrap,
} from "@prune/graph/rules";
import { channelDim, flag, int, ints, type TfNode, text } from "../../graph-model/node.js";
import type { ShapeTest } from "./shape-test.js";

/** Shapes that stretch to each other as numpy's do. */
export const broadcast: ShapeTest = (node, { shape }) => stretchFault(node.inputs.map((_, i) => shape(i)));

/** [.., m, k] by [.., k, n], either with its last two dims swapped. */
export const product =
  (left: string, right: string): ShapeTest =>
  (node, { shape }) => {
    const [a, b] = [shape(0), shape(1)];
    if (!a || !b) return undefined;
    if (a.length < 2 || b.length < 2) return misfit(a, b);
    const inner = a.at(flag(node, left) ? -2 : -1);
    const other = b.at(flag(node, right) ? -1 : -2);
    return differ(inner, other) || !stretches([...a.slice(0, -2), 1], [...b.slice(0, -2), 1])
      ? misfit(a, b)
      : undefined;
  };

/** Images and a filter [..kernel, a, b] of their rank, one of whose dims is their channels. */
const filtered =
  (images: number, channels: -1 | -2): ShapeTest =>
  (node, { shape }) => {
    const [x, filter] = [shape(images), shape(1)];
    if (!filter || !x) return undefined;
    if (filter.length !== x.length || x.length < 3) return misfit(x, filter);
    const [want, have] = [filter.at(channels), x[channelDim(node, x.length)]];
    return differ(want, have)
      ? `its filter of the shape ${shown(filter)} takes ${want} channels, and its input of the shape ${shown(x)} has ${have}`
      : undefined;
  };

/** Vectors with a number for each channel of input 0. */
export const perChannel =
  (...inputs: readonly number[]): ShapeTest =>
  (node, { shape }) => {
    const x = shape(0);
    if (!x) return undefined;
    const channels = x[channelDim(node, x.length)];
    const bad = inputs.find((i) => {
      const vector = shape(i);
      return vector?.length === 1 && vector[0] !== 1 && differ(vector[0], channels);
    });
    return bad === undefined
      ? undefined
      : `its input ${bad} has the shape ${shown(shape(bad) ?? [])}, and there are ${channels} channels`;
  };

/** Parts that are equal but along the axis that they are joined along. */
export const joined =
  (first: boolean): ShapeTest =>
  (node, seen) => {
    const last = node.inputs.length - 1;
    const parts = node.inputs.flatMap((_, i) => {
      const part = i === (first ? 0 : last) ? undefined : seen.shape(i);
      // Of parts that hold nothing TensorFlow.js looks at nothing.
      return part && !part.includes(0) ? [part] : [];
    });
    const head = parts[0];
    const at = seen.numbers(first ? 0 : last)?.[0];
    if (!head || at === undefined) return undefined;
    if (!(at >= -head.length && at < head.length))
      return `its axis ${at} is outside a tensor of rank ${head.length}`;
    const axis = wrap(at, head.length);
    const other = parts.find(
      (part) => part.length !== head.length || part.some((size, d) => d !== axis && differ(size, head[d])),
    );
    return (
      other &&
      `its inputs have the shapes ${shown(head)} and ${shown(other)}, which don't join along axis ${at}`
    );
  };

/** New sizes hold as many elements as the old ones. */
export const reshaped: ShapeTest = (_, { shape, numbers }) => {
  const [found, sizes] = [shape(0), numbers(1)];
  if (!sizes || !found?.every((size) => typeof size === "number")) return undefined;
  const open = sizes.filter((size) => size === -1).length;
  const have = count(found as readonly number[]);
  const want = count(sizes.filter((size) => size !== -1));
  return sizes.some((size) => size < -1) || open > 1 || (open === 1 ? have % want > 0 : have !== want)
    ? `the shape ${shown(found)} can't become ${shown(sizes)}`
    : undefined;
};

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Dims that are named lie within the tensor, each once. */
export const axes =
  (data: number, named: number): ShapeTest =>
  (_, { shape, numbers }) => {
    const [found, given] = [shape(data), numbers(named)];
    if (!found || !given) return undefined;
    const { length } = found;
    const outside = given.find((axis) => !(axis >= -length && axis < length));
    if (outside !== undefined) return `its axis ${outside} is outside a tensor of rank ${length}`;
    return new Set(given.map((axis) => wrap(axis, length))).size === given.length
      ? undefined
      : `its axes ${shown(given)} name one twice`;
  };

/** The dims that an attribute names lie within input 0, which may get so many more. */
export const attributeAxes =
  (names: readonly string[], more = 0): ShapeTest =>
  (node, { shape }) => {
    const found = shape(0);
    if (!found) return undefined;
    const rank = found.length + more;
    const given = names.flatMap((name) => ints(node, name) ?? int(node, name) ?? []);
    const outside = given.find((axis) => !(axis >= -rank && axis < rank));
    return outside === undefined
      ? undefined
      : `its axis ${outside} is outside a tensor of rank ${found.length}`;
  };

/** The place of a new dim. */
export const newAxis: ShapeTest = (_, { shape, numbers }) => {
  const [found, at] = [shape(0), numbers(1)?.[0]];
  if (!found || at === undefined) return undefined;
  return at >= -found.length - 1 && at <= found.length
    ? undefined
    : `its axis ${at} is outside a tensor of rank ${found.length}`;
};

/** So many numbers for each dim of input 0. */
export const eachDim =
  (input: number, times = 1): ShapeTest =>
  (_, { shape, numbers }) => {
    const [found, given] = [shape(0), numbers(input)];
    return found && given && given.length !== times * found.length
      ? `its input ${input} has ${given.length} numbers where a tensor of rank ${found.length} needs ${times * found.length}`
      : undefined;
  };

/** A list of numbers, or one alone: with more dims TensorFlow.js takes lists of lists, and what it does then is chance. */
export const list = (...inputs: readonly number[]): ShapeTest =>
  firstFault<TfNode>(...inputs.map((input) => rankOf(input, 0, 1)));

/** Equal parts of a dim. */
export const split: ShapeTest = (node, { shape, numbers }: Seen) => {
  const x = shape(1);
  const at = numbers(0)?.[0];
  const size = x && at !== undefined ? x.at(at) : undefined;
  const parts = int(node, "num_split", 1);
  return typeof size === "number" && size % parts !== 0
    ? `it makes ${parts} equal parts of ${size} positions`
    : undefined;
};

/** Parts of the sizes that are listed make up a dim; one may be what is left. */
export const splitV: ShapeTest = (_, { shape, numbers }) => {
  const [x, sizes, at] = [shape(0), numbers(1), numbers(2)?.[0]];
  const size = x && at !== undefined ? x.at(at) : undefined;
  if (typeof size !== "number" || !sizes) return undefined;
  const stated = sizes.reduce((sum, part) => sum + Math.max(part, 0), 0);
  const open = sizes.some((part) => part < 0);
  return (open ? stated > size : stated !== size)
    ? `its sizes ${shown(sizes)} don't make up the ${size} positions of the axis`
    : undefined;
};

export const allAlike: ShapeTest = (node, { shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i)).filter((one) => one !== undefined);
  const [first] = shapes;
  const other = shapes.find((one) => one.length !== first?.length || one.some((d, i) => differ(d, first[i])));
  return other && misfit(first as readonly Dim[], other);
};

/** One input is images of a rank. */
export const images = (input: number, rank: number): ShapeTest => rankOf(input, rank, rank);

/** Images at one input by a filter at input 1, which has as many channels at one of its dims. */
export const convolved = (input: number, rank: number, dim: -1 | -2 = -2): ShapeTest =>
  firstFault<TfNode>(images(input, rank), images(1, rank), filtered(input, dim));

/** An operand for each part of the equation, with a dim for each of its letters. */
export const einsumOperands: ShapeTest = (node, { shape }) =>
  einsumFault(
    text(node, "equation"),
    node.inputs.map((_, i) => shape(i)),
  );
