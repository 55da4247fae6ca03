import type { Dim } from "@prune/graph/advanced";
import { asLong, differ, firstFault, rankOf, type Seen, shown } from "@prune/graph/rules";
import { has, int, ints, type OnnxNode } from "../../operators/node.js";
import { axisFault, type ShapeTest } from "./seen.js";

/** The attribute `axis` lies within an input; `beyond`: it may also lie that far behind its end. */
export const axis =
  (otherwise?: number, input = 0, beyond = 0): ShapeTest =>
  (node, { shape }) => {
    const found = shape(input);
    const at = int(node, "axis") ?? otherwise;
    return found && at !== undefined ? axisFault(at, found.length, "axis", beyond) : undefined;
  };

/** Axes in an attribute or, of newer versions, an input: inside the rank, each once. */
const axes =
  (added = false): ShapeTest =>
  (node, { shape, numbers }) => {
    const found = shape(0);
    const given = ints(node, "axes") ?? (has(node, 1) ? numbers(1) : undefined);
    if (!found || !given) return undefined;
    const total = found.length + (added ? given.length : 0);
    for (const at of given) {
      const why = axisFault(at, total);
      if (why) return why;
    }
    const places = new Set(given.map((at) => (at < 0 ? at + total : at)));
    return places.size === given.length ? undefined : `its axes ${shown(given)} name one axis twice`;
  };

const squeezed: ShapeTest = (node, { shape, numbers }) => {
  const found = shape(0);
  const given = ints(node, "axes") ?? (has(node, 1) ? numbers(1) : undefined);
  const at = given?.find((one) => differ(found?.at(one), 1));
  return at === undefined ? undefined : `its axis ${at} of the shape ${shown(found ?? [])} is not of size 1`;
};

const permuted: ShapeTest = (node, { shape }) => {
  const found = shape(0);
  const perm = ints(node, "perm");
  return found && perm && perm.length !== found.length
    ? `the attribute "perm" is ${shown(perm)}, and its input has the shape ${shown(found)}`
    : undefined;
};

const joined: ShapeTest = (node, { shape }) => {
  const shapes = node.inputs.map((_, i) => shape(i));
  const first = shapes.find((one) => one !== undefined);
  const at = int(node, "axis", 1);
  if (!first) return undefined;
  const joint = at < 0 ? at + first.length : at;
  const other = shapes.find(
    (one) =>
      one && (one.length !== first.length || one.some((size, d) => d !== joint && differ(size, first[d]))),
  );
  return (
    other &&
    `its inputs have the shapes ${shown(first)} and ${shown(other)}, which don't join along axis ${at}`
  );
};

const split: ShapeTest = (node, { shape, numbers }) => {
  const found = shape(0);
  const sizes = ints(node, "split") ?? (has(node, 1) ? numbers(1) : undefined);
  if (!found || !sizes) return undefined;
  const size = found.at(int(node, "axis", 0));
  if (sizes.length !== node.outputs.length)
    return `it has ${node.outputs.length} outputs, and sizes for ${sizes.length}`;
  const sum = sizes.reduce((a, b) => a + b, 0);
  return differ(sum, size) || sizes.some((n) => n < 0)
    ? `its sizes ${shown(sizes)} don't make up the ${size} positions of the axis`
    : undefined;
};

/** Constant positions lie inside the axis that they pick from. */
const picked: ShapeTest = (node, { shape, numbers }) => {
  const size = shape(0)?.at(int(node, "axis", 0));
  if (typeof size !== "number") return undefined;
  const outside = numbers(1)?.find((i) => i < -size || i >= size);
  return outside === undefined ? undefined : `it picks position ${outside} of an axis of ${size}`;
};

const blocks = (
  sizeOf: (shape: readonly Dim[], block: number) => readonly (readonly [Dim, number])[],
): ShapeTest =>
  firstFault<OnnxNode>(rankOf(0, 4, 4), (node, { shape }: Seen) => {
    const found = shape(0);
    const block = int(node, "blocksize", 1);
    const bad =
      found && sizeOf(found, block).find(([size, by]) => typeof size === "number" && size % by !== 0);
    return bad && `its block size ${block} doesn't divide the shape ${shown(found)}`;
  });

const lists = (input: number, { shape, numbers }: Seen, times: number): string | undefined => {
  const found = shape(0);
  const given = numbers(input);
  return found && given && given.length !== times * found.length
    ? `its input ${input} has ${given.length} numbers where a tensor of rank ${found.length} needs ${times * found.length}`
    : undefined;
};

const reduced = Object.fromEntries(
  "L1 L2 LogSum LogSumExp Max Mean Min Prod Sum SumSquare"
    .split(" ")
    .map((name) => [`Reduce${name}`, axes()]),
);

/** As many starts as ends, axes and steps, be they inputs or, before opset 10, attributes. */
const sliced: ShapeTest = firstFault<OnnxNode>(asLong(1, 2, 3, 4), (node) => {
  const [first, ...others] = ["starts", "ends", "axes"].map((name) => ints(node, name)?.length);
  const other =
    first === undefined ? undefined : others.find((count) => count !== undefined && count !== first);
  return other === undefined ? undefined : `its "starts" are ${first} and its "ends" or "axes" ${other}`;
});

/** Axes and positions with which no runtime runs these operators. */
export const impossibleAxes: Readonly<Record<string, ShapeTest>> = {
  ...reduced,
  Transpose: permuted,
  Concat: firstFault(axis(), joined),
  Split: firstFault(axis(0), split),
  Slice: sliced,
  Squeeze: firstFault(axes(), squeezed),
  Unsqueeze: axes(true),
  Gather: firstFault(rankOf(0, 1), axis(0), picked),
  GatherElements: firstFault(rankOf(0, 1), axis(0)),
  ScatterElements: firstFault(rankOf(0, 1), axis(0)),
  Softmax: axis(),
  LogSoftmax: axis(),
  Hardmax: axis(),
  Flatten: axis(1, 0, 1),
  ArgMax: axis(0),
  ArgMin: axis(0),
  TopK: axis(-1),
  LpNormalization: axis(-1),
  DepthToSpace: blocks(([, channels], block) => [[channels as Dim, block * block]]),
  SpaceToDepth: blocks(([, , height, width], block) => [
    [height as Dim, block],
    [width as Dim, block],
  ]),
  Tile: (node, seen) => (node.inputs.length === 2 ? lists(1, seen, 1) : undefined),
  Pad: (node, seen) => (has(node, 3) ? undefined : lists(1, seen, 2)),
};
