import { broadcastOffsets, broadcastShape, offsets, read, sizeOf, strides, type Tensor } from "./tensor.js";

export type Attributes = Readonly<Record<string, number | readonly number[]>>;

/** Cells that count, per input; undefined: all do. What is summed over skips the others. */
export type Masks = readonly (Uint8Array | undefined)[];

type Operator = (inputs: readonly Tensor[], attributes: Attributes, masks: Masks) => readonly Tensor[];

const list = (attributes: Attributes, name: string): readonly number[] =>
  attributes[name] as readonly number[];
const one = (attributes: Attributes, name: string): number => attributes[name] as number;

function zip(inputs: readonly Tensor[], f: (...values: number[]) => number): readonly Tensor[] {
  const shape = broadcastShape(inputs.map((t) => t.shape));
  if (!shape) throw new Error(`shapes ${inputs.map((t) => `[${t.shape}]`).join(" ")} don't broadcast`);
  const at = inputs.map((t) => broadcastOffsets(t.shape, shape));
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++)
    data[i] = f(...inputs.map((t, k) => t.data[(at[k] as Int32Array)[i] as number] as number));
  return [{ shape, data }];
}

const map =
  (f: (x: number) => number): Operator =>
  ([x]) => [{ shape: (x as Tensor).shape, data: (x as Tensor).data.map(f) }];

/** Only the cells that count; the others read as zero. */
function gated(x: Tensor, mask: Uint8Array | undefined): Tensor {
  return mask ? { shape: x.shape, data: x.data.map((v, i) => (mask[i] ? v : 0)) } : x;
}

function matmul([a, b]: readonly Tensor[], masks: Masks): readonly Tensor[] {
  const [x, y] = [gated(a as Tensor, masks[0]), gated(b as Tensor, masks[1])];
  const [m, k] = x.shape.slice(-2) as [number, number];
  const [k2, n] = y.shape.slice(-2) as [number, number];
  if (k !== k2) throw new Error(`MatMul of [${x.shape}] and [${y.shape}]`);
  const batch = broadcastShape([x.shape.slice(0, -2), y.shape.slice(0, -2)]);
  if (!batch) throw new Error(`MatMul of [${x.shape}] and [${y.shape}]`);
  const p = broadcastOffsets(x.shape.slice(0, -2), batch);
  const q = broadcastOffsets(y.shape.slice(0, -2), batch);
  const data = new Float64Array(sizeOf(batch) * m * n);
  for (let z = 0, o = 0; z < p.length; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++, o++) {
        let sum = 0;
        for (let c = 0; c < k; c++)
          sum +=
            (x.data[((p[z] as number) * m + i) * k + c] as number) *
            (y.data[((q[z] as number) * k + c) * n + j] as number);
        data[o] = sum;
      }
  return [{ shape: [...batch, m, n], data }];
}

/** Convolution of [n, c, l] by [o, c / group, k] that keeps the length. */
function conv([input, w]: readonly Tensor[], group: number, masks: Masks): readonly Tensor[] {
  const x = gated(input as Tensor, masks[0]);
  const [n, c, l] = x.shape as [number, number, number];
  const [o, inner, k] = (w as Tensor).shape as [number, number, number];
  if (c !== inner * group || o % group !== 0)
    throw new Error(`Conv of [${x.shape}] by [${(w as Tensor).shape}] in ${group} groups`);
  const data = new Float64Array(n * o * l);
  for (let b = 0; b < n; b++)
    for (let f = 0; f < o; f++)
      for (let p = 0; p < l; p++) {
        const first = Math.floor(f / (o / group)) * inner;
        let sum = 0;
        for (let i = 0; i < inner; i++)
          for (let t = 0; t < k; t++) {
            const from = p + t - ((k - 1) >> 1);
            if (from < 0 || from >= l) continue;
            sum +=
              (x.data[(b * c + first + i) * l + from] as number) *
              ((w as Tensor).data[(f * inner + i) * k + t] as number);
          }
        data[(b * o + f) * l + p] = sum;
      }
  return [{ shape: [n, o, l], data }];
}

const concat: Operator = (inputs, { axis }) => {
  const d = axis as number;
  const first = inputs[0] as Tensor;
  const width = inputs.reduce((sum, t) => sum + (t.shape[d] as number), 0);
  const shape = first.shape.map((n, i) => (i === d ? width : n));
  const inner = sizeOf(first.shape.slice(d + 1));
  const data = new Float64Array(sizeOf(shape));
  let offset = 0;
  for (const t of inputs) {
    if (t.shape.some((n, i) => i !== d && n !== shape[i]))
      throw new Error(`Concat of ${inputs.map((x) => `[${x.shape}]`).join(" ")} along ${d}`);
    const run = (t.shape[d] as number) * inner;
    for (let r = 0; r * run < t.data.length; r++)
      data.set(t.data.subarray(r * run, (r + 1) * run), r * width * inner + offset);
    offset += run;
  }
  return [{ shape, data }];
};

function take(x: Tensor, axis: number, index: readonly number[]): Tensor {
  const n = x.shape[axis] as number;
  const inner = sizeOf(x.shape.slice(axis + 1));
  const outer = sizeOf(x.shape.slice(0, axis));
  if (index.some((i) => i < 0 || i >= n)) throw new Error(`index ${index} of dim ${axis} of [${x.shape}]`);
  const data = new Float64Array(outer * index.length * inner);
  for (let r = 0, o = 0; r < outer; r++)
    for (const i of index) {
      data.set(x.data.subarray((r * n + i) * inner, (r * n + i + 1) * inner), o);
      o += inner;
    }
  return { shape: x.shape.map((s, d) => (d === axis ? index.length : s)), data };
}

/** Groups of cells that are reduced together: group of each cell, and the shape with those dims at 1. */
function groups(shape: readonly number[], axes: readonly number[]): { of: Int32Array; kept: number[] } {
  const kept = shape.map((n, d) => (axes.includes(d) ? 1 : n));
  return { of: broadcastOffsets(kept, shape), kept };
}

function reduce(
  x: Tensor,
  axes: readonly number[],
  mask: Uint8Array | undefined,
  how: "sum" | "mean" | "max",
): Tensor {
  const { of, kept } = groups(x.shape, axes);
  const data = new Float64Array(sizeOf(kept)).fill(how === "max" ? -Infinity : 0);
  const count = new Float64Array(data.length);
  x.data.forEach((v, i) => {
    if (mask && !mask[i]) return;
    const g = of[i] as number;
    count[g] = (count[g] as number) + 1;
    data[g] = how === "max" ? Math.max(data[g] as number, v) : (data[g] as number) + v;
  });
  if (how === "mean")
    for (let g = 0; g < data.length; g++) data[g] = (data[g] as number) / Math.max(1, count[g] as number);
  if (how === "max") for (let g = 0; g < data.length; g++) if (data[g] === -Infinity) data[g] = 0;
  return { shape: kept, data };
}

const reduction =
  (how: "sum" | "mean" | "max"): Operator =>
  ([x], attributes, masks) => {
    const axes = list(attributes, "axes");
    const y = reduce(x as Tensor, axes, masks[0], how);
    return [
      {
        shape: one(attributes, "keep") ? y.shape : y.shape.filter((_, d) => !axes.includes(d)),
        data: y.data,
      },
    ];
  };

/** (x - mean) / deviation over groups of cells that count. */
function standardise(x: Tensor, axes: readonly number[], mask: Uint8Array | undefined): Tensor {
  const mean = reduce(x, axes, mask, "mean");
  const centred = zip([x, mean], (a, b) => a - b)[0] as Tensor;
  const variance = reduce({ shape: x.shape, data: centred.data.map((v) => v * v) }, axes, mask, "mean");
  return zip([centred, variance], (a, v) => a / Math.sqrt(v + 1e-2))[0] as Tensor;
}

const softmax: Operator = ([x], attributes) => {
  const axes = [one(attributes, "axis")];
  const top = reduce(x as Tensor, axes, undefined, "max");
  const e = zip([x as Tensor, top], (a, b) => Math.exp(a - b))[0] as Tensor;
  return zip([e, reduce(e, axes, undefined, "sum")], (a, b) => a / b);
};

const layerNorm: Operator = ([x, scale, bias], attributes, masks) => {
  const { rank, axis } = { rank: (x as Tensor).shape.length, axis: one(attributes, "axis") };
  const axes = Array.from({ length: rank - axis }, (_, i) => axis + i);
  const y = standardise(x as Tensor, axes, masks[0]);
  return zip([y, scale as Tensor, bias as Tensor], (a, s, b) => a * s + b);
};

const groupNorm: Operator = ([x, scale, bias], attributes, masks) => {
  const { shape, data } = x as Tensor;
  const [n, c, ...rest] = shape as [number, number, ...number[]];
  const g = one(attributes, "groups");
  if (c % g !== 0) throw new Error(`GroupNorm of [${shape}] in ${g} groups`);
  const open = { shape: [n, g, (c / g) * sizeOf(rest)], data };
  const y = { shape, data: standardise(open, [2], masks[0]).data };
  const column = (t: Tensor): Tensor => ({ shape: [c, ...rest.map(() => 1)], data: t.data });
  return zip([y, column(scale as Tensor), column(bias as Tensor)], (a, s, b) => a * s + b);
};

/** Picks rows of a table. */
const lookup: Operator = ([table, index]) => {
  const { shape } = table as Tensor;
  const rows = take(table as Tensor, 0, [...(index as Tensor).data]);
  return [{ shape: [...(index as Tensor).shape, ...shape.slice(1)], data: rows.data }];
};

const pad: Operator = ([x], attributes) => {
  const d = one(attributes, "axis");
  const border = (n: number): Tensor => {
    const shape = (x as Tensor).shape.map((s, i) => (i === d ? n : s));
    return { shape, data: new Float64Array(sizeOf(shape)) };
  };
  return concat(
    [border(one(attributes, "before")), x as Tensor, border(one(attributes, "after"))],
    { axis: d },
    [],
  );
};

/** What each operator computes. */
export const operators: Readonly<Record<string, Operator>> = {
  Relu: map((v) => Math.max(0, v)),
  Sigmoid: map((v) => 1 / (1 + Math.exp(-v))),
  Tanh: map(Math.tanh),
  Cos: map(Math.cos),
  Neg: map((v) => -v),
  Add: (inputs) => zip(inputs, (a, b) => a + b),
  Mul: (inputs) => zip(inputs, (a, b) => a * b),
  Max: (inputs) => zip(inputs, Math.max),
  Where: (inputs) => zip(inputs, (c, a, b) => (c > 0.05 ? a : b)),
  MatMul: (inputs, _, masks) => matmul(inputs, masks),
  Conv: (inputs, attributes, masks) => conv(inputs, one(attributes, "group"), masks),
  Reshape: ([x], attributes) => {
    const shape = list(attributes, "shape");
    if (sizeOf(shape) !== (x as Tensor).data.length)
      throw new Error(`Reshape of [${(x as Tensor).shape}] to [${shape}]`);
    return [{ shape, data: (x as Tensor).data }];
  },
  Transpose: ([x], attributes) => {
    const own = strides((x as Tensor).shape);
    const perm = list(attributes, "perm");
    const shape = perm.map((d) => (x as Tensor).shape[d] as number);
    return [
      read(
        x as Tensor,
        shape,
        offsets(
          shape,
          perm.map((d) => own[d] as number),
        ),
      ),
    ];
  },
  /** Dims of the result as dims of the input; -1 is a new one. */
  Redim: ([x], attributes) => [
    {
      shape: list(attributes, "dims").map((d) => (d < 0 ? 1 : ((x as Tensor).shape[d] as number))),
      data: (x as Tensor).data,
    },
  ],
  Concat: concat,
  Take: ([x], attributes) => [take(x as Tensor, one(attributes, "axis"), list(attributes, "index"))],
  Split: ([x], attributes) => {
    let start = 0;
    const sizes = list(attributes, "sizes");
    const axis = one(attributes, "axis");
    if (sizes.reduce((a, b) => a + b, 0) !== (x as Tensor).shape[axis])
      throw new Error(`Split of [${(x as Tensor).shape}] into ${sizes}`);
    return sizes.map((n) => {
      const from = start;
      start += n;
      return take(
        x as Tensor,
        axis,
        Array.from({ length: n }, (_, i) => from + i),
      );
    });
  },
  Expand: ([x], attributes) => {
    const shape = broadcastShape([(x as Tensor).shape, list(attributes, "shape")]);
    if (!shape) throw new Error(`Expand of [${(x as Tensor).shape}] to [${list(attributes, "shape")}]`);
    return [read(x as Tensor, shape, broadcastOffsets((x as Tensor).shape, shape))];
  },
  Tile: ([x], attributes) => {
    const d = one(attributes, "axis");
    return concat(new Array<Tensor>(one(attributes, "times")).fill(x as Tensor), { axis: d }, []);
  },
  Pad: pad,
  ReduceSum: reduction("sum"),
  ReduceMean: reduction("mean"),
  ReduceMax: reduction("max"),
  Softmax: softmax,
  LayerNorm: layerNorm,
  GroupNorm: groupNorm,
  Lookup: lookup,
};
