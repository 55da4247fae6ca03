import { sumTo } from "../graph/broadcast.js";
import { type GradientKit, type Sizes, Unemitted } from "../graph/kit.js";
import { moved } from "./scattered.js";
import { each, from, fromFront, type GradientNode, type GradientRules } from "./step.js";

/** What moves cells about. */
export const movement: GradientRules = {
  ...each("Reshape Flatten Squeeze Unsqueeze", (n, k) => [() => k.reshape(n.dy, k.sizes(n.a))]),
  Transpose: (n, k) => [
    () => {
      const rank = n.rank(n.a);
      const perm = n.ints("perm") ?? from(0, rank).reverse();
      return k.transpose(
        n.dy,
        from(0, rank).map((dim) => perm.indexOf(dim)),
      );
    },
  ],
  Expand: (n, k) => [() => sumTo(k, n.dy, n.a, k.shape(n.y))],
  Concat(n, k) {
    const axis = fromFront(n.int("axis", 0), n.rank(n.y));
    let parts: readonly string[] | undefined;
    return n.inputs.map((_, i) => () => {
      parts ??= unjoined(n, k, axis);
      return parts[i];
    });
  },
  Split: (n, k) => [
    () =>
      k.concat(
        n.outputs.map((_, i) => n.gradient(i)),
        fromFront(n.int("axis", 0), n.rank(n.a)),
      ),
  ],
  Slice: (n, k) => [() => uncut(n, k) ?? moved(n, k).map((made) => (made as () => string)())[0]],
  Pad(n, k) {
    if (n.text("mode", "constant") !== "constant") return moved(n, k);
    if (n.has(3)) throw new Unemitted("it names the axes that it pads");
    const pads = n.ints("pads");
    if (pads)
      return [
        () =>
          k.pad(
            n.dy,
            pads.map((size) => 0 - size),
          ),
      ];
    const known = k.facts.value(n.b);
    return [() => k.pad(n.dy, known ? Array.from(known.data, (size) => 0 - size) : k.neg(n.b))];
  },
  Gather: (n, k) => [() => ungathered(n, k)],
  GatherElements: (n, k) => [
    () => {
      if (k.opset < 16)
        throw new Unemitted(`adding at places that repeat needs opset 16, and the model has ${k.opset}`);
      return k.emit("ScatterElements", [k.zeros(k.sizes(n.a), n.dy), n.b, n.dy], {
        axis: n.int("axis", 0),
        reduction: { string: "add" },
      });
    },
  ],
  GatherND(n, k) {
    if (n.int("batch_dims", 0) > 0) return moved(n, k);
    return [() => addedRows(k, k.zeros(k.sizes(n.a), n.dy), n.b, n.dy)];
  },
  ScatterND(n, k) {
    const reduction = n.text("reduction", "none");
    if (reduction !== "none" && reduction !== "add") throw new Unemitted(`its reduction is "${reduction}"`);
    const rows = (): string => k.emit("GatherND", [n.dy, n.b]);
    const left = (): string => k.emit("ScatterND", [n.dy, n.b, k.zeros(k.sizes(n.c), n.dy)]);
    return [reduction === "add" ? n.dy : left, undefined, rows];
  },
  ...each("ScatterElements Scatter", (n, k) => {
    const [reduction, axis] = [n.text("reduction", "none"), n.int("axis", 0)];
    if (reduction !== "none" && reduction !== "add") throw new Unemitted(`its reduction is "${reduction}"`);
    const left = (): string => k.emit("ScatterElements", [n.dy, n.b, k.zeros(k.sizes(n.c), n.dy)], { axis });
    return [
      reduction === "add" ? n.dy : left,
      undefined,
      () => k.emit("GatherElements", [n.dy, n.b], { axis }),
    ];
  }),
  TopK: (n, k) => [
    () => {
      const [zeros, axis] = [k.zeros(k.sizes(n.a), n.dy), n.int("axis", -1)];
      return k.emit("ScatterElements", [zeros, n.optional(1), n.dy], { axis });
    },
  ],
  Trilu: (n, k) => [() => k.emit("Trilu", [n.dy, ...n.inputs.slice(1)], { upper: n.int("upper", 1) })],
  SpaceToDepth(n, k) {
    const block = n.int("blocksize", 1);
    return [() => k.emit("DepthToSpace", [n.dy], { blocksize: block })];
  },
  DepthToSpace: (n, k) => [
    () => {
      const block = n.int("blocksize", 1);
      if (n.text("mode", "DCR") === "DCR") return k.emit("SpaceToDepth", [n.dy], { blocksize: block });
      const sizes = k.sizes(n.a);
      if (typeof sizes === "string") throw new Unemitted("its sizes are known only at run time");
      const [batch, channels, height, width] = sizes as [number, number, number, number];
      const blocks = [batch, channels / block ** 2, height, block, width, block];
      return k.reshape(k.transpose(k.reshape(n.dy, blocks), [0, 1, 3, 5, 2, 4]), sizes);
    },
  ],
  ...each("Tile ReverseSequence Compress CenterCropPad", moved),
  ...each("Resize Upsample", (n, k) => [() => shrunk(n, k)]),
};

/** The parts of a gradient that go to each of the tensors that were joined. */
function unjoined(n: GradientNode, k: GradientKit, axis: number): readonly string[] {
  const sizes = sizesAlong(k, n.inputs, axis);
  if (typeof sizes !== "string" || k.opset >= 13) return k.split(n.dy, sizes, n.inputs.length, axis);
  // Before opset 13 a split takes no sizes of the run.
  let start = k.integers([0]);
  return n.inputs.map((_, i) => {
    const end = k.add(start, k.gather(sizes, k.integers([i])));
    const part = k.slice(n.dy, start, end, [axis]);
    start = end;
    return part;
  });
}

/** Sizes of tensors along an axis. */
function sizesAlong(k: GradientKit, tensors: readonly string[], axis: number): Sizes {
  const known = tensors.map((tensor) => k.shape(tensor)?.[axis]);
  if (known.every((size) => typeof size === "number")) return known as readonly number[];
  return k.concat(
    tensors.map((tensor) => k.gather(k.emit("Shape", [tensor]), k.integers([axis]))),
    0,
  );
}

/** Zeros in place of what a slice without steps leaves out; undefined for others. */
function uncut(n: GradientNode, k: GradientKit): string | undefined {
  const rank = n.rank(n.a);
  const list = (input: number, name: string): readonly number[] | undefined => {
    const stored = n.has(input) ? k.facts.value(n.inputs[input] as string) : undefined;
    return n.ints(name) ?? (stored && Array.from(stored.data));
  };
  const starts = list(1, "starts");
  const count = starts?.length ?? k.shape(n.b)?.[0];
  const given =
    n.has(3) || n.ints("axes") ? list(3, "axes") : typeof count === "number" ? from(0, count) : undefined;
  const isStepped = n.has(4) && (list(4, "steps")?.some((step) => step !== 1) ?? true);
  if (!given || isStepped) return undefined;
  const axes = given.map((axis) => fromFront(axis, rank));
  const sizes = axes.map((axis) => [k.shape(n.a)?.[axis], k.shape(n.y)?.[axis]]);
  if (!starts || !sizes.flat().every((size) => typeof size === "number"))
    return k.opset < 12 ? undefined : uncutAtRunTime(n, k, axes, rank);
  const pads = new Array<number>(2 * rank).fill(0);
  axes.forEach((axis, i) => {
    const [size, rest] = sizes[i] as [number, number];
    const start = starts[i] as number;
    pads[axis] = Math.min(start < 0 ? Math.max(start + size, 0) : start, size);
    pads[axis + rank] = size - rest - pads[axis];
  });
  return k.pad(n.dy, pads);
}

/** The same when where the slice begins and how long it is are known only at run time. */
function uncutAtRunTime(n: GradientNode, k: GradientKit, axes: readonly number[], rank: number): string {
  const along = (tensor: string): string => k.gather(k.emit("Shape", [tensor]), k.integers(axes));
  const [whole, part] = [along(n.a), along(n.y)];
  const starts = n.ints("starts") ? k.integers(n.ints("starts") as readonly number[]) : k.cast(n.b, "int64");
  const fromFirst = k.where(k.less(starts, 0), k.add(starts, whole), starts);
  const before = k.emit("Max", [k.emit("Min", [fromFirst, whole]), k.integers([0])]);
  const behind = k.sub(k.sub(whole, part), before);
  const each = (values: string): string[] =>
    from(0, rank).map((dim) =>
      axes.includes(dim) ? k.gather(values, k.integers([axes.indexOf(dim)])) : k.integers([0]),
    );
  return k.pad(n.dy, k.concat([...each(before), ...each(behind)], 0));
}

/** Adds rows at indices that may repeat: indices are as in ScatterND. */
function addedRows(k: GradientKit, data: string, indices: string, rows: string): string {
  if (k.opset < 16)
    throw new Unemitted(`adding at places that repeat needs opset 16, and the model has ${k.opset}`);
  return k.emit("ScatterND", [data, k.cast(indices, "int64"), rows], { reduction: { string: "add" } });
}

function ungathered(n: GradientNode, k: GradientKit): string {
  const [rank, places] = [n.rank(n.a), n.rank(n.b)];
  const axis = fromFront(n.int("axis", 0), rank);
  const rest = from(0, rank).filter((dim) => dim !== axis);
  // The gathered dims first, so that whole rows are added.
  const moves = [
    ...from(0, places).map((dim) => axis + dim),
    ...rest.map((dim) => (dim < axis ? dim : dim + places - 1)),
  ];
  const rows = k.transpose(n.dy, moves);
  const order = [axis, ...rest];
  const back = (tensor: string): string =>
    k.transpose(
      tensor,
      from(0, rank).map((dim) => order.indexOf(dim)),
    );
  const sizes = k.sizes(n.a);
  const wide =
    typeof sizes === "string" ? k.gather(sizes, k.integers(order)) : order.map((dim) => sizes[dim] as number);
  if (k.opset >= 16) return back(addedRows(k, k.zeros(wide, n.dy), k.unsqueeze(n.b, [places]), rows));
  // A product with a table of ones adds the rows of one place.
  const depth =
    typeof sizes === "string" ? k.gather(sizes, k.integers([axis])) : k.integers([sizes[axis] as number]);
  const picked = k.reshape(n.b, [-1]);
  const ones = k.emit("OneHot", [picked, depth, k.floats([0, 1], [2], k.type(n.dy))]);
  const count = k.reshape(k.emit("Size", [n.b]), [1]);
  const flat = k.reshape(rows, k.concat([count, k.integers([-1])], 0));
  return back(k.reshape(k.gemm(ones, flat, { transA: 1 }), wide));
}

/**
 * A resize is one matrix for each axis. Resizing the rows of the identity gives it, by the runtime's own arithmetic and
 * whatever the mode; its transpose is the gradient.
 */
function shrunk(n: GradientNode, k: GradientKit): string {
  const rank = n.rank(n.a);
  if (rank < 3) throw new Unemitted("it resizes a tensor of fewer than three dims");
  if (n.text("coordinate_transformation_mode", "half_pixel") === "tf_crop_and_resize")
    throw new Unemitted("it crops while it resizes");
  if (n.ints("axes")) throw new Unemitted("it names the axes that it resizes");
  if (n.text("keep_aspect_ratio_policy", "stretch") !== "stretch")
    throw new Unemitted("it keeps an aspect ratio");
  const [x, y] = [k.shape(n.a), k.shape(n.y)];
  if (!x || !y) throw new Unemitted("its rank is not known");
  const axes = from(2, rank).filter((axis) => x[axis] !== y[axis]);
  if (x[0] !== y[0] || x[1] !== y[1]) throw new Unemitted("it resizes the batch or the channels");
  return axes.reduce((gradient, axis) => {
    const [size, to] = [x[axis], y[axis]];
    const isKnown = typeof size === "number" && typeof to === "number";
    const table = isKnown ? tableAlong(n, k, axis, size, to) : tableAtRunTime(n, k, axis);
    if (axis === rank - 1) return k.matMul(gradient, k.transpose(table, [1, 0]));
    // The axis last but one is where a matrix from the left works.
    const turn = from(0, rank).filter((dim) => dim !== axis);
    const perm = [...turn.slice(0, -1), axis, rank - 1];
    return k.transpose(
      k.matMul(table, k.transpose(gradient, perm)),
      from(0, rank).map((dim) => perm.indexOf(dim)),
    );
  }, n.dy);
}

/** The matrix of a resize along one axis: sizes before x sizes after. */
function tableAlong(n: GradientNode, k: GradientKit, axis: number, size: number, to: number): string {
  const shape = from(0, n.rank(n.a)).map((dim) => (dim === 1 || dim === axis ? size : 1));
  const identity = new Float32Array(size * size).map((_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const rows = k.floats(identity, shape, k.type(n.dy));
  return k.reshape(resizedAlong(n, k, rows, axis, size, to), [size, to]);
}

/** The same where sizes are known only at run time, by scales that are stored. */
function tableAtRunTime(n: GradientNode, k: GradientKit, axis: number): string {
  const rank = n.rank(n.a);
  const scales = k.facts.value(n.node.op === "Upsample" || k.opset < 11 ? n.b : n.c);
  if (k.opset < 11 || scales?.data.length !== rank)
    throw new Unemitted("its sizes are known only at run time");
  const size = k.gather(k.emit("Shape", [n.a]), k.integers([axis]));
  const [zero, one] = [k.integers([0], []), k.integers([1], [])];
  const range = k.emit("Range", [zero, k.squeeze(size, [0]), one]);
  const identity = k.emit("OneHot", [range, size, k.floats([0, 1], [2], k.type(n.dy))]);
  const parts = from(0, rank).map((dim) => (dim === 1 || dim === axis ? size : k.integers([1])));
  const made = resizedAlong(n, k, k.reshape(identity, k.concat(parts, 0)), axis, 1, 1);
  return k.reshape(made, k.concat([size, k.integers([-1])], 0));
}

/** The node's own resize, along one axis alone. */
function resizedAlong(
  n: GradientNode,
  k: GradientKit,
  rows: string,
  axis: number,
  size: number,
  to: number,
): string {
  const { scales: _, ...attributes } = n.attributes;
  const rank = n.rank(n.a);
  const given = n.node.op === "Upsample" || k.opset < 11 ? n.b : n.c;
  const stored = given === "" ? undefined : k.facts.value(given);
  const scales =
    stored && stored.data.length === rank
      ? Array.from(stored.data)
      : from(0, rank).map((dim) => (dim === axis ? to / size : 1));
  const own = k.floats(
    scales.map((scale, dim) => (dim === axis ? scale : 1)),
    [rank],
  );
  if (n.node.op === "Upsample" || k.opset < 11) return k.emit(n.node.op, [rows, own], attributes);
  const sizes = from(0, rank).map((dim) => (dim === 1 ? size : dim === axis ? to : 1));
  // Opset 11 takes no input that is left out.
  const none = k.opset < 13 ? k.floats([], [0]) : "";
  return stored && stored.data.length === rank
    ? k.emit("Resize", [rows, none, own], attributes)
    : k.emit("Resize", [rows, none, none, k.integers(sizes)], attributes);
}
