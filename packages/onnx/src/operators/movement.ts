import type { Kit } from "@prune/graph";
import {
  add,
  type Dim,
  dimIsNamed,
  floorDivide,
  type Layout,
  multiply,
  type NodePatch,
  type Patching,
  subtract,
  symbol,
} from "@prune/graph/advanced";
import {
  lookUp,
  numbers,
  pad as padded,
  pieces,
  range,
  replaceFirst,
  says,
  stepOf,
  wrap,
} from "@prune/graph/rules";
import { gather as gathers } from "../fold/gather.js";
import { join } from "../fold/join.js";
import { movement as moves } from "../fold/movement.js";
import { scatter } from "../fold/scatter.js";
import { slice as slices } from "../fold/slice.js";
import { impossibleAxes } from "../validate/shapes/axes.js";
import { impossibleOperands } from "../validate/shapes/operands.js";
import { besideIndex } from "./detection.js";
import { floats, has, int, ints, type OnnxNode, type OnnxRule, text } from "./node.js";
import { bare, type OperatorTable } from "./record.js";
import { besideIndices, borders, joins, samples } from "./support.js";

interface SliceAxis {
  readonly axis: number;
  readonly start: number;
  readonly step: number;
  readonly index: readonly number[] | undefined;
  readonly size: Dim;
}

const slice: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = kit.shape(x);
  const starts = ints(node, "starts") ?? kit.data(1);
  const ends = ints(node, "ends") ?? kit.data(2);
  if (!starts || !ends) return kit.opaque("slice bounds are known only at run time");
  const given = ints(node, "axes") ?? (has(node, 3) ? kit.data(3) : range(starts.length));
  const axes = numbers(given)?.map((d) => wrap(d, x.rank));
  const steps = has(node, 4) ? numbers(kit.data(4)) : starts.map(() => 1);
  if (!axes || !steps) return kit.opaque("sliced dims are known only at run time");
  const parts = axes.map((axis, i) =>
    sliced(dims[axis] as Dim, axis, starts[i] as Dim, ends[i] as Dim, steps[i] as number),
  );
  const from: Layout[] = [];
  let y = x;
  for (const part of parts) {
    from.push(y);
    if (part.index && part.index.length === dims[part.axis] && part.step === 1) continue;
    if (!part.index && dimIsNamed(y, part.axis))
      kit.pin(y, [part.axis], "sliced at positions known only at run time", "dynamic");
    if (part.index?.length === 0) kit.pin(y, [part.axis], "nothing is taken from the axis", "empty");
    y =
      part.index && part.index.length > 0
        ? kit.take(y, part.axis, part.index)
        : kit.resize(y, part.axis, part.size);
  }
  kit.patch((cut) => slicePatch(node, cut, from, parts, starts, ends));
  const data =
    x.rank === 1 && parts.length === 1 && parts[0]?.index
      ? parts[0].index.map((i) => kit.raw(0)?.data?.[i])
      : undefined;
  return { layout: y, data: data?.every((d) => d !== undefined) ? (data as Dim[]) : undefined };
};

function sliced(size: Dim, axis: number, start: Dim, end: Dim, step: number): SliceAxis {
  if (typeof size !== "number" || typeof start !== "number" || typeof end !== "number") {
    const whole =
      start === 0 && step === 1 && ((typeof end === "number" && end >= 2 ** 31 - 1) || end === size);
    const length = whole ? size : (spanned(size, start, end, step) ?? lengthOf(size, start, end, step));
    return { axis, start: 0, step, index: undefined, size: length };
  }
  const [first, last] = bounds(size, start, end, step);
  const index: number[] = [];
  for (let i = first; step > 0 ? i < last : i > last; i += step) index.push(i);
  return { axis, start: first, step, index, size: index.length };
}

/** Where a slice begins, and what it ends before. */
function bounds(size: number, start: number, end: number, step: number): readonly [number, number] {
  const clamp = (v: number, low: number, high: number): number =>
    Math.min(Math.max(v < 0 ? v + size : v, low), high);
  return step > 0
    ? [clamp(start, 0, size), clamp(end, 0, size)]
    : [
        clamp(start, 0, size - 1),
        Math.max(end < -size ? -1 : end < 0 ? end + size : Math.min(end, size - 1), -1),
      ];
}

/** How many positions a slice has, where only run time tells. */
const lengthOf = (size: Dim, start: Dim, end: Dim, step: number): Dim =>
  symbol(`length of ${size} from ${start} to ${end} by ${step}`, [size, start, end], (...known) => {
    const [first, last] = bounds(...(known as [number, number, number]), step);
    return Math.max(0, Math.ceil((last - first) / step));
  });

function spanned(size: Dim, start: Dim, end: Dim, step: number): Dim | undefined {
  if (step !== 1) return undefined;
  const from = typeof start === "number" && start < 0 ? add(size, start) : start;
  const to =
    typeof end === "number" ? (end >= 2 ** 31 - 1 ? size : end < 0 ? add(size, end) : undefined) : end;
  return to === undefined ? undefined : subtract(to, from);
}

function slicePatch(
  node: OnnxNode,
  cut: Patching,
  from: readonly Layout[],
  parts: readonly SliceAxis[],
  starts: readonly Dim[],
  ends: readonly Dim[],
): NodePatch | undefined {
  const newStarts = [...starts];
  const newEnds = [...ends];
  const newSteps = parts.map((part) => part.step);
  let scattered: NodePatch["gather"];
  parts.forEach((part, i) => {
    const layout = from[i] as Layout;
    if (!part.index || part.index.length === 0 || !dimIsNamed(layout, part.axis)) return;
    const kept = cut.remap(layout, part.axis, part.index);
    const step = stepOf(kept, Math.sign(part.step));
    if (step === undefined) {
      scattered = { axis: part.axis, index: kept };
      if (parts.length > 1)
        cut.refuse({
          kind: "index",
          text: `"${node.name}" slices several axes and one is left scattered`,
          tensor: node.outputs[0],
          ids: new Int32Array(),
        });
      return;
    }
    newStarts[i] = kept[0] as number;
    newSteps[i] = step;
    const stop = (kept[kept.length - 1] as number) + Math.sign(step);
    newEnds[i] = stop < 0 ? -(2 ** 31) : stop;
  });
  if (scattered) return { gather: scattered };
  if (ints(node, "starts"))
    return { attributes: { starts: newStarts as number[], ends: newEnds as number[] } };
  const steps = newSteps.some((s, i) => s !== parts[i]?.step) ? { 4: newSteps } : {};
  const axes = "4" in steps && !has(node, 3) ? { 3: parts.map((part) => part.axis) } : {};
  return { inputs: { 1: newStarts, 2: newEnds, ...axes, ...steps } };
}

const split: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", 0), x.rank);
  const size = kit.shape(x)[axis] as Dim;
  const n = node.outputs.length;
  const given = ints(node, "split") ?? (has(node, 1) ? kit.data(1) : undefined);
  const stated = numbers(given);
  if (has(node, 1) && !stated) {
    kit.pin(x, [axis], "split at positions known only at run time", "dynamic");
    return node.outputs.map((name, i) => kit.resize(x, axis, given?.[i] ?? symbol(`size of ${name}`)));
  }
  if (typeof size !== "number") {
    kit.pin(x, [axis], "split at positions known only at run time", "dynamic");
    return node.outputs.map((_, i) => kit.resize(x, axis, stated?.[i] ?? floorDivide(size, n)));
  }
  const chunk = Math.ceil(size / n);
  const sizes = stated ?? range(n).map((i) => Math.max(0, Math.min(chunk, size - i * chunk)));
  const starts = sizes.map((_, i) => sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const parts = pieces(kit, x, axis, sizes);
  if (dimIsNamed(x, axis))
    kit.patch((cut) => {
      const now = parts.map((part) => cut.shape(part)[axis] as number);
      if (now.every((length, i) => length === sizes[i])) return undefined;
      if (node.opset < 13) return { attributes: { split: now } };
      return { inputs: { 1: now }, attributes: { num_outputs: null } };
    });
  const data = kit.raw(0)?.data;
  return parts.map((layout, i) => ({
    layout,
    data: data?.slice(starts[i] as number, (starts[i] as number) + (sizes[i] as number)),
  }));
};

const gather: OnnxRule = (node, kit) => {
  const table = kit.raw(0)?.layout;
  return table ? lookUp(kit, wrap(int(node, "axis", 0), table.rank)) : kit.opaque();
};

const gatherNd: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const index = numbers(kit.data(1));
  const to = kit.shape(1);
  kit.pin(kit.layout(1), undefined, "positions to look up", "data");
  const [depth, batch] = [to.at(-1), int(node, "batch_dims", 0)];
  if (typeof depth !== "number") return kit.opaque("GatherND with an index depth known only at run time");
  const size = kit.shape(x)[0] as Dim;
  const single = index && depth === 1 && batch === 0 && typeof size === "number" && dimIsNamed(x, 0);
  if (!single) return lookedUp(kit, x, batch + depth, to.slice(0, -1));
  const at = index.map((i) => wrap(i, size));
  const picked = kit.take(x, 0, at);
  kit.patch((cut) => {
    const values = cut.remap(x, 0, at);
    return { inputs: { 1: { values, shape: [...cut.shape(y).slice(0, to.length - 1), 1] } } };
  });
  const y = kit.reshape(picked, [...to.slice(0, -1), ...kit.shape(x).slice(1)]);
  return y;
};

/** The first dims of x are replaced by those of what looks positions up in them. */
function lookedUp(kit: Kit, x: Layout, depth: number, to: readonly Dim[]): Layout {
  kit.pin(x, range(depth), "looked up by position", "table");
  return replaceFirst(kit, x, depth, to);
}

const gatherElements: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const axis = wrap(int(node, "axis", 0), x.rank);
  kit.pin(x, [axis], "looked up by position", "table");
  return besideIndex(kit, kit.layout(1), [x], axis, "looked up by position");
};

const concat: OnnxRule = (node, kit) => {
  const layouts = node.inputs.map((_, i) => kit.layout(i));
  const axis = wrap(int(node, "axis", 1), (layouts[0] as Layout).rank);
  const isList =
    (layouts[0] as Layout).rank === 1 && node.inputs.every((_, i) => kit.raw(i)?.data !== undefined);
  const data = isList ? node.inputs.flatMap((_, i) => kit.data(i) as Dim[]) : undefined;
  return { layout: kit.concat(layouts, axis), data };
};

const pad: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const given = ints(node, "pads") ?? ints(node, "paddings") ?? kit.data(1);
  const axes = has(node, 3) ? numbers(kit.data(3))?.map((d) => wrap(d, x.rank)) : range(x.rank);
  if (!given || !axes) return kit.opaque("padding is known only at run time");
  const mode = text(node, "mode", "constant");
  const n = axes.length;
  const borders = axes.map((dim, i) => ({ dim, before: given[i] as Dim, after: given[n + i] as Dim }));
  const why = `Pad (${mode}) takes positions from the axis`;
  const { layout, widths } = padded(kit, x, borders, mode === "constant", why);
  if (widths)
    kit.patch((cut) => {
      const left = widths(cut);
      const now = [...left.map(({ before }) => before), ...left.map(({ after }) => after)];
      const name = node.attributes.has("pads") ? "pads" : "paddings";
      return node.attributes.has(name) ? { attributes: { [name]: now as number[] } } : { inputs: { 1: now } };
    });
  return layout;
};

const depthToSpace: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const b = int(node, "blocksize", 1);
  const [n, c, h, w] = kit.shape(x) as [Dim, number, Dim, Dim];
  const crd = text(node, "mode", "DCR") === "CRD";
  const deep = c / (b * b);
  const open = kit.reshape(x, crd ? [n, deep, b, b, h, w] : [n, b, b, deep, h, w]);
  kit.pin(open, crd ? [2, 3] : [1, 2], "phase of DepthToSpace", "phase");
  const moved = kit.permute(open, crd ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return kit.reshape(moved, [n, deep, multiply(h, b), multiply(w, b)]);
};

const spaceToDepth: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const b = int(node, "blocksize", 1);
  const [n, c, h, w] = kit.shape(x) as [Dim, number, number, number];
  kit.pin(x, [2, 3], "SpaceToDepth moves positions of the axis", "phase");
  const open = kit.reshape(x, [n, c, h / b, b, w / b, b]);
  const moved = kit.permute(open, [0, 3, 5, 1, 2, 4]);
  return kit.reshape(moved, [n, c * b * b, h / b, w / b]);
};

const resizeRule: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const dims = kit.shape(x);
  const [scalesAt, sizesAt] = node.op === "Upsample" || node.opset < 11 ? [1, -1] : [2, 3];
  const sizes = sizesAt > 0 && has(node, sizesAt) ? kit.data(sizesAt) : undefined;
  const scales = floats(node, "scales") ?? kit.reals(scalesAt);
  const axes = ints(node, "axes")?.map((d) => wrap(d, x.rank)) ?? range(x.rank);
  if (!sizes && !scales?.length) return kit.opaque("the new size is known only at run time");
  const fitting = sizes && keepsRatio(node, axes, dims, sizes);
  const to = dims.map((size, d) => {
    const i = axes.indexOf(d);
    if (i < 0) return size;
    if (sizes) return fitting ? fitting(size, sizes[i] as Dim) : (sizes[i] as Dim);
    const scale = (scales as readonly number[])[i] as number;
    if (text(node, "coordinate_transformation_mode") === "tf_crop_and_resize")
      return symbol(`size ${d} of ${node.outputs[0]}`);
    if (scale === 1) return size;
    if (typeof size === "number") return Math.floor(size * scale);
    if (Number.isInteger(scale)) return multiply(size, scale);
    return symbol(`floor(${size}*${scale})`, [size], (have) => Math.floor(have * scale));
  });
  // The sizes of these axes decide on those of all.
  const joint = fitting || text(node, "coordinate_transformation_mode") === "tf_crop_and_resize" ? axes : [];
  if (joint.length > 0 && has(node, 1) && node.opset > 10)
    kit.pin(kit.layout(1), undefined, "a region", "resize");
  const y = to.reduce<Layout>((layout, size, d) => {
    if (size === dims[d] && !joint.includes(d)) return layout;
    kit.pin(layout, [d], `${node.op} changes the axis`, "resize");
    return kit.resize(layout, d, size);
  }, x);
  if (sizes)
    kit.patch((cut) => ({
      inputs: {
        [sizesAt]: sizes.map((s, i) =>
          typeof s === "number" ? (cut.shape(y)[axes[i] as number] as Dim) : s,
        ),
      },
    }));
  return y;
};

/** Sizes with one scale for all axes, so that none exceeds, or none falls short of, what is asked for. */
function keepsRatio(
  node: OnnxNode,
  axes: readonly number[],
  dims: readonly Dim[],
  sizes: readonly Dim[],
): ((size: Dim, want: Dim) => Dim) | undefined {
  const policy = text(node, "keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return undefined;
  const scales = sizes.map((want, i) => Number(want) / Number(dims[axes[i] as number]));
  const scale = policy === "not_larger" ? Math.min(...scales) : Math.max(...scales);
  if (Number.isNaN(scale)) return (_, want) => symbol(`about ${want} of ${node.outputs[0]}`);
  return (size) => Math.floor(Number(size) * scale + 0.5);
}

const gridSample: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  const grid = kit.layout(1);
  const spatial = range(x.rank - 2).map((i) => i + 2);
  kit.pin(x, spatial, "sampled along the axis", "window");
  kit.pin(grid, range(grid.rank).slice(1), "sampling positions", "window");
  const sizes = kit.shape(grid).slice(1, -1);
  kit.meet(
    [
      [kit.drop(x, [1, ...spatial]), ["n", ...["c", ...spatial].map(() => "")]],
      [kit.drop(grid, range(grid.rank).slice(1)), ["n", ...sizes.map(() => ""), ""]],
    ],
    ["n"],
  );
  return sizes.reduce<Layout>((layout, size, i) => kit.resize(layout, i + 2, size), x);
};

const trilu: OnnxRule = (_, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [x.rank - 2, x.rank - 1], "Trilu compares positions of the two axes", "table");
  return x;
};

const oneHot: OnnxRule = (node, kit) => {
  const index = kit.layout(0);
  const depth = kit.data(1)?.[0] ?? kit.reals(1)?.[0];
  if (depth === undefined) return kit.opaque("OneHot with a depth known only at run time");
  for (const i of [0, 1, 2]) kit.pin(kit.layout(i), undefined, "positions", "table");
  const rank = index.rank + 1;
  const axis = wrap(int(node, "axis", -1), rank);
  const shape = [...kit.shape(index)];
  shape.splice(axis, 0, depth);
  return kit.fixed(shape);
};

const roiAlign: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  kit.pin(x, [0, 2, 3], "regions are taken from the axis", "window");
  kit.pin(kit.layout(1), undefined, "regions", "window");
  const rois = kit.shape(1)[0] as Dim;
  const sizes = [rois, int(node, "output_height", 1), int(node, "output_width", 1)];
  return [0, 2, 3].reduce<Layout>((layout, dim, i) => kit.resize(layout, dim, sizes[i] as Dim), x);
};

const picks = says(
  "positions as they are picked",
  "an axis sliced at run-time positions, or picked down to one",
);

const looksUp = says(
  "positions as constant indices pick them; the other dims",
  "an axis that is looked up by data, or a table's rows",
);

const resizes = says("dims that keep their size", "dims that change theirs");

/** Operators that pick, join or move positions. */
export const movement: OperatorTable = {
  Slice: {
    ...bare,
    rule: slice,
    support: picks,
    fold: slices.Slice,
    impossible: impossibleAxes.Slice,
    channels: "moved",
    moves: [0],
    isExact: true,
  },
  Split: {
    ...bare,
    rule: split,
    support: picks,
    fold: slices.Split,
    channels: "moved",
    moves: [0],
    impossible: impossibleAxes.Split,
    isExact: true,
  },
  Gather: {
    ...bare,
    rule: gather,
    support: looksUp,
    fold: gathers.Gather,
    channels: "moved",
    moves: [0],
    impossible: impossibleAxes.Gather,
    isExact: true,
  },
  GatherND: { ...bare, rule: gatherNd, support: looksUp, fold: gathers.GatherND, moves: [0], isExact: true },
  GatherElements: {
    ...bare,
    rule: gatherElements,
    support: besideIndices,
    fold: gathers.GatherElements,
    moves: [0],
    impossible: impossibleAxes.GatherElements,
    isExact: true,
  },
  Concat: {
    ...bare,
    rule: concat,
    support: joins,
    fold: join.Concat,
    channels: "moved",
    moves: "all",
    impossible: impossibleAxes.Concat,
    isExact: true,
  },
  Pad: {
    ...bare,
    rule: pad,
    support: borders,
    fold: join.Pad,
    impossible: impossibleAxes.Pad,
    isExact: true,
  },
  DepthToSpace: {
    ...bare,
    rule: depthToSpace,
    support: says("all phases of a channel"),
    fold: moves.DepthToSpace,
    moves: [0],
    impossible: impossibleAxes.DepthToSpace,
    isExact: true,
  },
  SpaceToDepth: {
    ...bare,
    rule: spaceToDepth,
    support: says("all phases of a channel", "space"),
    fold: moves.SpaceToDepth,
    moves: [0],
    impossible: impossibleAxes.SpaceToDepth,
    isExact: true,
  },
  Resize: {
    ...bare,
    rule: resizeRule,
    support: resizes,
    channels: "spatial",
    impossible: impossibleOperands.Resize,
    decides: [1, 2],
    isExact: true,
  },
  Upsample: {
    ...bare,
    rule: resizeRule,
    support: resizes,
    channels: "spatial",
    impossible: impossibleOperands.Upsample,
    decides: [1],
    isExact: true,
  },
  GridSample: {
    ...bare,
    rule: gridSample,
    support: samples,
    decides: (node) => (text(node, "mode") === "nearest" ? [1] : []),
    isExact: true,
  },
  Trilu: {
    ...bare,
    rule: trilu,
    support: says("the other dims", "the two dims that it compares"),
    fold: moves.Trilu,
    isExact: true,
  },
  OneHot: {
    ...bare,
    rule: oneHot,
    support: says("", "positions"),
    fold: scatter.OneHot,
    types: [{ like: 2 }],
    decides: [0],
    isExact: true,
  },
  RoiAlign: { ...bare, rule: roiAlign, support: samples, decides: [1] },
};
