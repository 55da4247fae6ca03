import type { Kit } from "@prune/graph";
import {
  add,
  type Dim,
  dimIsNamed,
  divide,
  type Layout,
  multiply,
  type NodePatch,
  type Patching,
  symbol,
} from "@prune/graph/advanced";
import {
  asLong,
  firstFault,
  lookUp,
  numbers,
  pad as padded,
  pieces,
  range,
  rankOf,
  replaceDim,
  replaceFirst,
  says,
  stepOf,
  wrap,
} from "@prune/graph/rules";
import {
  attributeAxes,
  axes,
  eachDim,
  images,
  joined as joinable,
  list,
  split as splittable,
  splitV as splittableV,
} from "../../validate/shapes/operands.js";
import { movement as contents } from "../contents/movement.js";
import { padded as beforePadding, image, keepsFrame, likeOutput } from "../demands.js";
import { channelDim, int, type TfNode, type TfRule } from "../node.js";
import { type SlicePart, sliced } from "../slices.js";
import { bare, type OperatorTable } from "./record.js";

const stridedSlice: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const [begin, end, steps] = [kit.data(1), kit.data(2), numbers(kit.data(3))];
  if (!begin || !end || !steps) return kit.opaque("slice bounds are known only at run time");
  const parts = sliced(node, kit.shape(x), begin, end, steps);
  if (!parts) return kit.opaque("slice steps are known only at run time");
  const dims = kit.shape(x);
  const from: Layout[] = [];
  let y = x;
  for (const part of parts) {
    from.push(y);
    if (part.dim !== undefined) y = slicedDim(node, kit, y, part, dims[part.dim] as Dim);
  }
  kit.patch((cut) => slicePatch(node, cut, from, parts, { begin, end, steps }));
  return kit.redim(
    y,
    parts.flatMap(({ kind, dim }) => (kind === "shrink" ? [] : kind === "new" ? [-1] : [dim as number])),
  );
};

function slicedDim(
  node: TfNode,
  kit: Kit,
  y: Layout,
  { dim = 0, index, size, step }: SlicePart,
  whole: Dim,
): Layout {
  if (index && index.length === whole && step === 1) return y;
  if (!index && size === whole) return y;
  if (!index || index.length === 0) {
    kit.pin(y, [dim], "sliced at positions known only at run time", "dynamic");
    return kit.resize(y, dim, size ?? symbol(`${node.outputs[0]}:${dim}`));
  }
  return kit.take(y, dim, index);
}

interface Bounds {
  readonly begin: readonly Dim[];
  readonly end: readonly Dim[];
  readonly steps: readonly number[];
}

function slicePatch(
  node: TfNode,
  cut: Patching,
  from: readonly Layout[],
  parts: readonly SlicePart[],
  { begin, end, steps }: Bounds,
): NodePatch | undefined {
  const now = { begin: [...begin], end: [...end], steps: [...steps] };
  let scattered: NodePatch["gather"];
  parts.forEach(({ kind, dim, entry, index }, i) => {
    const layout = from[i] as Layout;
    if (dim === undefined || entry === undefined || !index?.length || !dimIsNamed(layout, dim)) return;
    const kept = cut.remap(layout, dim, index);
    const step = stepOf(kept);
    if (step === undefined) {
      scattered = { axis: dim, index: kept };
      return;
    }
    const stop = (kept.at(-1) as number) + Math.sign(step);
    now.begin[entry] = kept[0] as number;
    now.end[entry] = stop < 0 ? -(2 ** 30) : stop;
    now.steps[entry] = kind === "shrink" ? 1 : step;
  });
  const cutsOthers =
    parts.filter(({ entry }) => entry !== undefined).length > 1 || parts.some((p) => p.kind !== "slice");
  const onlyWhole = parts.every(
    (part, i) => part.dim === scattered?.axis || isWhole(part, from[i] as Layout),
  );
  if (scattered && cutsOthers && !onlyWhole)
    cut.refuse({
      kind: "index",
      text: `"${node.name}" slices several axes and one is left scattered`,
      tensor: node.outputs[0],
      ids: new Int32Array(),
    });
  if (scattered) return { gather: scattered };
  return { inputs: { 1: now.begin, 2: now.end, 3: now.steps } };
}

const isWhole = ({ kind, size, step, index }: SlicePart, _: Layout): boolean =>
  kind === "slice" && step === 1 && (index ? index[0] === 0 && index.length === size : true);

const slice: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const [begin, size] = [kit.data(1), kit.data(2)];
  if (!begin || !size) return kit.opaque("slice bounds are known only at run time");
  const dims = kit.shape(x);
  const from: Layout[] = [];
  const taken = dims.map((n, d): readonly number[] | undefined => {
    const [start, length] = [begin[d] as Dim, size[d] as Dim];
    if (typeof n !== "number" || typeof start !== "number" || typeof length !== "number") return undefined;
    return range(length < 0 ? n - start : length, start);
  });
  const y = taken.reduce<Layout>((layout, index, d) => {
    from.push(layout);
    const n = dims[d] as Dim;
    if (index) return index.length === n ? layout : kit.take(layout, d, index);
    if (begin[d] === 0 && (size[d] === -1 || size[d] === n)) return layout;
    kit.pin(layout, [d], "sliced at positions known only at run time", "dynamic");
    return kit.resize(layout, d, size[d] === -1 ? symbol(`${node.outputs[0]}:${d}`) : (size[d] as Dim));
  }, x);
  kit.patch((cut) => {
    const now = { begin: [...begin], size: [...size] };
    let gather: NodePatch["gather"];
    taken.forEach((index, d) => {
      if (!index?.length || !dimIsNamed(from[d] as Layout, d)) return;
      const kept = cut.remap(from[d] as Layout, d, index);
      if (stepOf(kept) !== 1) gather = { axis: d, index: kept };
      now.begin[d] = kept[0] as number;
      now.size[d] = kept.length;
    });
    return gather ? { gather } : { inputs: { 1: now.begin, 2: now.size } };
  });
  return y;
};

/** Consecutive parts of a dim. */
function splitDim(
  node: TfNode,
  kit: Kit,
  x: Layout,
  axis: number,
  stated: readonly Dim[] | undefined,
): Layout[] {
  const size = kit.shape(x)[axis] as Dim;
  const given = numbers(stated);
  const n = node.outputs.length;
  if (typeof size !== "number" || (stated && !given)) {
    kit.pin(x, [axis], "split at positions known only at run time", "dynamic");
    const each = divide(size, n);
    return node.outputs.map((name, i) =>
      kit.resize(x, axis, stated?.[i] ?? each ?? symbol(`${name}:${axis}`)),
    );
  }
  const known = given?.reduce((a, b) => a + Math.max(b, 0), 0) ?? 0;
  const sizes = given?.map((part) => (part < 0 ? size - known : part)) ?? range(n).map(() => size / n);
  return pieces(kit, x, axis, sizes);
}

const isAxis = (axis: number, rank: number): boolean => axis >= -rank && axis < rank;

/** It states no sizes: where its parts come to differ, the cut makes a SplitV of it. */
const split: TfRule = (node, kit) => {
  const x = kit.layout(1);
  const axis = kit.data(0)?.[0];
  if (typeof axis !== "number") return kit.opaque("the axis is known only at run time");
  if (!isAxis(axis, x.rank)) return kit.opaque(`the axis ${axis} is outside a tensor of rank ${x.rank}`);
  return splitDim(node, kit, x, wrap(axis, x.rank), undefined);
};

const splitV: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = kit.data(2)?.[0];
  const sizes = kit.data(1);
  if (typeof axis !== "number" || !sizes) return kit.opaque("sizes are known only at run time");
  if (!isAxis(axis, x.rank)) return kit.opaque(`the axis ${axis} is outside a tensor of rank ${x.rank}`);
  const dim = wrap(axis, x.rank);
  const whole = kit.shape(x)[dim];
  const stated = numbers(sizes)?.reduce((sum, part) => sum + Math.max(part, 0), 0) ?? 0;
  // Parts that don't make up the dim are positions without end.
  if (typeof whole === "number" && stated > whole)
    return kit.opaque(`its parts have ${stated} positions, and what is split has ${whole}`);
  const parts = splitDim(node, kit, x, dim, sizes);
  if (dimIsNamed(x, dim))
    kit.patch((cut) => ({ inputs: { 1: parts.map((part) => cut.shape(part)[dim] as Dim) } }));
  return parts;
};

const concat =
  (first: boolean): TfRule =>
  (node, kit) => {
    const last = node.inputs.length - 1;
    const axis = kit.data(first ? 0 : last)?.[0];
    if (typeof axis !== "number") return kit.opaque("the axis is known only at run time");
    const parts = range(last, first ? 1 : 0).map((i) => kit.layout(i));
    // TensorFlow.js leaves out what holds nothing, whatever its rank.
    const filled = parts.filter((part) => !kit.shape(part).includes(0));
    const layouts = filled.length > 0 ? filled : parts;
    return kit.concat(layouts, wrap(axis, (layouts[0] as Layout).rank));
  };

const gather: TfRule = (node, kit) => {
  const raw = kit.raw(0);
  if (!raw?.layout) return kit.opaque("the shape of what it reads is not known");
  const at = node.op === "Gather" ? 0 : kit.data(2)?.[0];
  if (typeof at !== "number") return kit.opaque("the axis is known only at run time");
  const batch = int(node, "batch_dims", 0);
  if (batch !== 0) return gatherInRows(kit, wrap(at, raw.layout.rank), wrap(batch, kit.shape(1).length));
  return lookUp(kit, wrap(at, raw.layout.rank));
};

/** Every row of the batch looks up positions of its own. */
function gatherInRows(kit: Kit, axis: number, batch: number): Layout {
  const x = kit.layout(0);
  kit.pin(kit.layout(1), undefined, "positions to look up", "data");
  kit.pin(x, [...range(batch), axis], "looked up by positions that differ between rows", "table");
  return replaceDim(kit, x, axis, kit.shape(1).slice(batch));
}

/** Positions of the first dims are looked up together; the others go along. */
const gatherNd: TfRule = (_, kit) => {
  const [where, table] = [kit.shape(1), kit.raw(0)];
  const k = where.at(-1);
  if (typeof k !== "number" || !table?.layout) return kit.opaque("how many dims are looked up is not known");
  kit.pin(kit.layout(1), undefined, "positions to look up", "data");
  const { rank } = table.layout;
  const x = table.parameter ? kit.produce(kit.some(0, range(rank - k, k))) : kit.layout(0);
  if (!table.parameter) kit.pin(x, range(k), "looked up by positions", "table");
  return replaceFirst(kit, x, k, where.slice(0, -1));
};

/** Updates are written at positions of the first dims; the others go along. */
const scatterNd: TfRule = (_, kit) => {
  const [where, sizes] = [kit.shape(0), kit.data(2)];
  const k = where.at(-1);
  if (typeof k !== "number" || !sizes) return kit.opaque("where it writes is not known");
  const updates = kit.layout(1);
  kit.pin(kit.layout(0), undefined, "positions to write to", "data");
  kit.pin(updates, range(where.length - 1), "written to positions", "table");
  const y = replaceFirst(kit, updates, where.length - 1, sizes.slice(0, k));
  kit.patch((cut) => ({ inputs: { 2: cut.shape(y) } }));
  return y;
};

const scatterUpdate: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const where = kit.shape(1);
  const k = where.at(-1);
  if (typeof k !== "number") return kit.opaque("where it writes is not known");
  const updates = kit.layout(2);
  kit.pin(kit.layout(1), undefined, "positions to write to", "data");
  kit.pin(x, range(k), "written to positions", "table");
  kit.pin(updates, range(where.length - 1), "written to positions", "table");
  const labels = range(x.rank).map((d) => (d < k ? "" : `d${d}`));
  const rest = [...range(where.length - 1).map(() => ""), ...labels.slice(k)];
  const own = range(x.rank).map((d) => `d${d}`);
  const beside = kit.drop(updates, range(where.length - 1));
  return kit.meet(
    [
      [x, own],
      [beside, rest],
    ],
    own,
  );
};

const reverse: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const dims = numbers(kit.data(1));
  if (!dims) return kit.opaque("reversed dims are known only at run time");
  return dims.reduce<Layout>((y, d) => {
    const dim = wrap(d, x.rank);
    const size = kit.shape(x)[dim];
    return typeof size === "number" && size > 1 ? kit.take(y, dim, range(size).reverse()) : y;
  }, x);
};

const pad: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const given = numbers(kit.data(1));
  if (!given) return kit.opaque("padding is known only at run time");
  const borders = range(x.rank).map((dim) => ({
    dim,
    before: given[2 * dim] as number,
    after: given[2 * dim + 1] as number,
  }));
  const why = `${node.op} takes positions from the axis`;
  const { layout, widths } = padded(kit, x, borders, node.op !== "MirrorPad", why);
  if (widths)
    kit.patch((cut) => {
      const values = widths(cut).flatMap(({ before, after }) => [before, after]);
      return { inputs: { 1: { values, shape: [x.rank, 2] } } };
    });
  return layout;
};

const depthToSpace: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const b = int(node, "block_size", 1);
  const first = channelDim(node, 4) === 1;
  const last = first ? kit.permute(x, [0, 2, 3, 1]) : x;
  const [n, h, w, c] = kit.shape(last) as [Dim, Dim, Dim, number];
  const deep = c / (b * b);
  const open = kit.reshape(last, [n, h, w, b, b, deep]);
  kit.pin(open, [3, 4], "phase of DepthToSpace", "phase");
  const y = kit.reshape(kit.permute(open, [0, 1, 3, 2, 4, 5]), [n, multiply(h, b), multiply(w, b), deep]);
  return first ? kit.permute(y, [0, 3, 1, 2]) : y;
};

/** Blocks of spatial dims moved to or from the batch: channels go along. */
const spaceToBatch =
  (toBatch: boolean): TfRule =>
  (node, kit) => {
    const x = kit.layout(0);
    const [block, edges] = [numbers(kit.data(1)), numbers(kit.data(2))];
    if (!block || !edges) return kit.opaque("block sizes are known only at run time");
    const dims = range(block.length, 1);
    kit.pin(x, [0, ...dims], `${node.op} moves positions of the axis`, "window");
    const have = kit.shape(x);
    const area = block.reduce((a, b) => a * b, 1);
    const sized = (a: Dim, b: number): Dim =>
      divide(a, b) ?? symbol(`${a}/${b} of ${node.outputs[0]}`, [a], (n) => n / b);
    const y = kit.resize(x, 0, toBatch ? multiply(have[0] as Dim, area) : sized(have[0] as Dim, area));
    return dims.reduce<Layout>((layout, dim, i) => {
      const [b, edge] = [block[i] as number, (edges[2 * i] as number) + (edges[2 * i + 1] as number)];
      const size = have[dim] as Dim;
      return kit.resize(layout, dim, toBatch ? sized(add(size, edge), b) : add(multiply(size, b), -edge));
    }, y);
  };

const resize: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const sizes = kit.data(1);
  kit.pin(x, [1, 2], `${node.op} changes the axis`, "resize");
  return [1, 2].reduce<Layout>(
    (y, dim, i) => kit.resize(y, dim, sizes?.[i] ?? symbol(`${node.outputs[0]}:${dim}`)),
    x,
  );
};

const cropAndResize: TfRule = (_, kit) => {
  const x = kit.layout(0);
  const sizes = kit.data(3);
  for (const i of [1, 2]) kit.pin(kit.layout(i), undefined, "regions", "window");
  kit.pin(x, [0, 1, 2], "regions are taken from the axis", "window");
  if (!sizes) return kit.opaque("sizes are known only at run time");
  const to = [kit.shape(1)[0] as Dim, ...sizes];
  return to.reduce<Layout>((y, size, dim) => kit.resize(y, dim, size), x);
};

/** The spatial dims of images are moved about. */
const projected: TfRule = (node, kit) => {
  const x = kit.layout(0);
  const sizes = kit.data(2);
  kit.pin(x, [0, 1, 2], `${node.op} moves positions of the axis`, "window");
  kit.pin(kit.layout(1), undefined, "how positions move", "window");
  if (!sizes) return kit.opaque("sizes are known only at run time");
  return [1, 2].reduce<Layout>((y, dim, i) => kit.resize(y, dim, sizes[i] as Dim), x);
};

const oneHot: TfRule = (node, kit) => {
  const index = kit.layout(0);
  const depth = kit.data(1)?.[0];
  if (depth === undefined) return kit.opaque("OneHot with a depth known only at run time");
  kit.pin(index, undefined, "positions", "table");
  const axis = wrap(int(node, "axis", -1), index.rank + 1);
  const dims = kit.shape(index);
  return kit.fixed([...dims.slice(0, axis), depth, ...dims.slice(axis)]);
};

const picked = {
  ...bare,
  support: says(
    "positions as they are picked",
    "an axis sliced at run-time positions, or picked down to one",
  ),
} as const;

const joined = {
  ...bare,
  inputs: 2,
  most: Infinity,
  support: says("positions as they are joined; the other dims of all parts"),
} as const;

const lookedUp = {
  ...bare,
  rule: gather,
  inputs: 2,
  support: says(
    "positions as constant indices pick them; the other dims",
    "an axis that is looked up by data, or a table's rows",
  ),
  looksUp: true,
} as const;

const written = {
  ...bare,
  inputs: 3,
  support: says("the dims behind those that are written to", "dims that indices point into"),
} as const;

const bordered = {
  ...bare,
  impossible: eachDim(1, 2),
  rule: pad,
  inputs: 2,
  demands: beforePadding,
  support: says(
    "positions; constant padding of an axis leaves on its own",
    "an axis padded by its own contents",
  ),
} as const;

const blocks = {
  ...bare,
  inputs: 3,
  support: says("channels", "batch and space"),
} as const;

const resized = {
  ...bare,
  impossible: firstFault<TfNode>(images(0, 4), list(1)),
  rule: resize,
  inputs: 2,
  demands: keepsFrame(4),
  support: says("batch and channels", "space"),
} as const;

/** Operators that pick, join or move positions. */
export const movement: OperatorTable = {
  StridedSlice: {
    ...picked,
    rule: stridedSlice,
    impossible: firstFault<TfNode>(list(1, 2, 3), asLong(1, 2, 3)),
    inputs: 4,
    contents: contents.StridedSlice,
  },
  Slice: {
    ...picked,
    rule: slice,
    impossible: firstFault<TfNode>(list(1, 2), eachDim(1), eachDim(2)),
    inputs: 3,
    contents: contents.Slice,
  },
  Split: {
    ...picked,
    rule: split,
    impossible: firstFault<TfNode>(list(0), axes(1, 0), splittable),
    inputs: 2,
    contents: contents.Split,
    outputs: { count: (node) => int(node, "num_split", 1) },
  },
  SplitV: {
    ...picked,
    rule: splitV,
    impossible: firstFault<TfNode>(list(1, 2), axes(0, 2), splittableV),
    inputs: 3,
    contents: contents.SplitV,
    outputs: { count: (node) => int(node, "num_split", 1) },
  },
  ConcatV2: { ...joined, rule: concat(false), impossible: joinable(false), contents: contents.ConcatV2 },
  Concat: { ...joined, rule: concat(true), impossible: joinable(true), contents: contents.Concat },
  Gather: { ...lookedUp, contents: contents.Gather },
  GatherV2: {
    ...lookedUp,
    most: 3,
    impossible: firstFault<TfNode>(rankOf(0, 1), list(2), axes(0, 2)),
    contents: contents.GatherV2,
  },
  GatherNd: { ...lookedUp, rule: gatherNd },
  ScatterNd: { ...written, rule: scatterNd },
  TensorScatterUpdate: { ...written, rule: scatterUpdate },
  ImageProjectiveTransformV3: { ...resized, impossible: undefined, rule: projected, inputs: 3, most: 4 },
  ReverseV2: {
    ...bare,
    rule: reverse,
    impossible: firstFault<TfNode>(list(1), axes(0, 1)),
    inputs: 2,
    contents: contents.ReverseV2,
    demands: likeOutput,
    support: says("positions as they are reversed", "dims known only at run time"),
  },
  Pad: { ...bordered, contents: contents.Pad },
  PadV2: { ...bordered, inputs: 3, contents: contents.PadV2 },
  MirrorPad: bordered,
  DepthToSpace: {
    ...bare,
    rule: depthToSpace,
    impossible: images(0, 4),
    inputs: 1,
    demands: image,
    support: says("all phases of a channel"),
  },
  SpaceToBatchND: { ...blocks, rule: spaceToBatch(true) },
  BatchToSpaceND: { ...blocks, rule: spaceToBatch(false) },
  ResizeBilinear: resized,
  ResizeNearestNeighbor: resized,
  CropAndResize: {
    ...bare,
    rule: cropAndResize,
    inputs: 4,
    demands: keepsFrame(4),
    support: says("channels", "space, batch, regions"),
  },
  OneHot: {
    ...bare,
    rule: oneHot,
    inputs: 4,
    impossible: firstFault<TfNode>(list(1), attributeAxes(["axis"], 1)),
    support: says("", "positions"),
  },
};
