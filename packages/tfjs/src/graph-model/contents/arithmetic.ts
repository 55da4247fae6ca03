import { add, type Dim, divide, floorDivide, multiply, subtract } from "@prune/graph/advanced";
import { wrap } from "@prune/graph/rules";
import { type TfNode, type as typeOf } from "../node.js";
import {
  broadcastShape,
  broadcastTo,
  type Contents,
  count,
  numbers,
  type Operator,
  offsets,
  strides,
} from "./contents.js";

type Compute = (...cells: number[]) => number;
type Symbolic = (a: Dim, b: Dim) => Dim | undefined;

const round = (dtype: Contents["dtype"], value: number): number =>
  dtype === "float32" ? Math.fround(value) : dtype === "bool" ? Number(value !== 0) : Math.trunc(value);

/** Broadcasting, cell by cell; `symbolic` goes on where a size is known only at run time. */
const cellwise =
  (compute: Compute, symbolic?: Symbolic, to?: Contents["dtype"], main = 0): Operator =>
  (_, inputs) => {
    const all = inputs as readonly Contents[];
    if (all.some((input) => !input)) return undefined;
    const shape = broadcastShape(all.map((input) => input.shape));
    if (!shape) return undefined;
    const dtype = to ?? (all[main] as Contents).dtype;
    const places = all.map((input) => broadcastTo(input.shape, shape));
    const data = new Array<Dim>(count(shape));
    for (let i = 0; i < data.length; i++) {
      const cells = all.map((input, k) => input.data[(places[k] as number[])[i] as number] as Dim);
      const value = cells.every((cell) => typeof cell === "number")
        ? round(dtype, compute(...(cells as number[])))
        : cells.length === 2
          ? symbolic?.(cells[0] as Dim, cells[1] as Dim)
          : undefined;
      if (value === undefined || (typeof value === "number" && dtype === "int32" && !Number.isInteger(value)))
        return undefined;
      data[i] = value;
    }
    return { dtype, shape, data };
  };

const unary = (compute: Compute): Operator => cellwise(compute);

const gap = (a: Dim, b: Dim): number | undefined => {
  const difference = subtract(a, b);
  return typeof difference === "number" ? difference : undefined;
};

/** Where the order of two sizes is the same whatever the symbols stand for. */
const compared =
  (test: (gap: number) => boolean): Symbolic =>
  (a, b) => {
    const known = gap(a, b);
    return known === undefined ? undefined : Number(test(known));
  };

const larger: Symbolic = (a, b) => {
  const known = gap(a, b);
  return known === undefined ? undefined : known >= 0 ? a : b;
};

const smaller: Symbolic = (a, b) => {
  const known = gap(a, b);
  return known === undefined ? undefined : known <= 0 ? a : b;
};

const comparison = (test: (gap: number) => boolean): Operator =>
  cellwise((a, b) => Number(test((a as number) - (b as number))), compared(test), "bool");

const quotient: Symbolic = (a, b) => divide(a, b);

const addN: Operator = (node, inputs) =>
  cellwise((...cells) => cells.reduce((a, b) => a + b, 0))(node, inputs);

/** Combines cells along the dims of input 1, from a first value. */
const reduction =
  (start: number, compute: (a: number, b: number) => number, symbolic?: Symbolic, mean = false): Operator =>
  (node, [x, axes]) => {
    const dims = numbers(axes);
    if (!x || !dims) return undefined;
    const gone = new Set(dims.map((d) => wrap(d, x.shape.length)));
    const keep = node.def.attr?.keep_dims?.b === true;
    const own = strides(x.shape);
    const along = (d: number): number[] =>
      Array.from({ length: x.shape[d] as number }, (_, k) => k * (own[d] as number));
    const kept = x.shape.map((_, d) => d).filter((d) => !gone.has(d));
    const inner = offsets([...gone].map(along));
    const data: Dim[] = [];
    for (const base of offsets(kept.map(along))) {
      let total: Dim | undefined = start;
      for (const step of inner) {
        const cell = x.data[base + step] as Dim;
        total =
          typeof total === "number" && typeof cell === "number"
            ? compute(total, cell)
            : total === undefined
              ? undefined
              : symbolic?.(total, cell);
      }
      if (total === undefined || (mean && typeof total !== "number")) return undefined;
      data.push(typeof total === "number" ? round(x.dtype, mean ? total / inner.length : total) : total);
    }
    const shape = keep ? x.shape.map((n, d) => (gone.has(d) ? 1 : n)) : kept.map((d) => x.shape[d] as number);
    return { dtype: x.dtype, shape, data };
  };

const cast: Operator = (node: TfNode, [x]) => {
  const dtype = typeOf(node, "DstT");
  if (!x || !dtype) return undefined;
  if (dtype === "bool" && !numbers(x)) return undefined;
  const data = Array.from(x.data, (cell) => (typeof cell === "number" ? round(dtype, cell) : cell));
  return { dtype, shape: x.shape, data };
};

const select: Operator = (_, [condition, a, b]) => {
  if (!condition || !a || !b || !numbers(condition)) return undefined;
  const shape = broadcastShape([condition.shape, a.shape, b.shape]);
  if (!shape) return undefined;
  const flags = broadcastTo(condition.shape, shape);
  const sides = [a, b].map((side) => broadcastTo(side.shape, shape));
  const data = flags.map((at, i) => {
    const side = condition.data[at] ? 0 : 1;
    return (side ? b : a).data[(sides[side] as number[])[i] as number] as Dim;
  });
  return { dtype: a.dtype, shape, data };
};

const prelu: Compute = (x, alpha) => ((x as number) > 0 ? (x as number) : (x as number) * (alpha as number));
const clip: Compute = (x, low, high) => Math.min(Math.max(x as number, low as number), high as number);
const at =
  (f: (x: number) => number): Compute =>
  (x) =>
    f(x as number);
const pair =
  (f: (a: number, b: number) => number): Compute =>
  (a, b) =>
    f(a as number, b as number);

const divided: Operator = (node, inputs) =>
  cellwise(
    pair((a, b) => a / b),
    quotient,
  )(node, inputs);

/** Operators that compute each cell from the cells at its place. */
export const arithmetic: Readonly<Record<string, Operator>> = {
  Add: cellwise(
    pair((a, b) => a + b),
    add,
  ),
  AddV2: cellwise(
    pair((a, b) => a + b),
    add,
  ),
  AddN: addN,
  BiasAdd: cellwise(pair((a, b) => a + b)),
  Sub: cellwise(
    pair((a, b) => a - b),
    subtract,
  ),
  Mul: cellwise(
    pair((a, b) => a * b),
    multiply,
  ),
  RealDiv: divided,
  Div: divided,
  DivNoNan: cellwise(pair((a, b) => (b === 0 ? 0 : a / b))),
  FloorDiv: cellwise(
    pair((a, b) => Math.floor(a / b)),
    floorDivide,
  ),
  Mod: cellwise(pair((a, b) => a % b)),
  FloorMod: cellwise(pair((a, b) => ((a % b) + b) % b)),
  Pow: cellwise(pair((a, b) => a ** b)),
  SquaredDifference: cellwise(pair((a, b) => (a - b) ** 2)),
  Maximum: cellwise(pair(Math.max), larger),
  Minimum: cellwise(pair(Math.min), smaller),
  Equal: comparison((d) => d === 0),
  NotEqual: comparison((d) => d !== 0),
  Less: comparison((d) => d < 0),
  LessEqual: comparison((d) => d <= 0),
  Greater: comparison((d) => d > 0),
  GreaterEqual: comparison((d) => d >= 0),
  LogicalAnd: cellwise(
    pair((a, b) => Number(a !== 0 && b !== 0)),
    undefined,
    "bool",
  ),
  LogicalOr: cellwise(
    pair((a, b) => Number(a !== 0 || b !== 0)),
    undefined,
    "bool",
  ),
  LogicalNot: cellwise(
    at((a) => Number(a === 0)),
    undefined,
    "bool",
  ),
  Select: select,
  SelectV2: select,
  Cast: cast,
  Prelu: cellwise(prelu),
  ClipByValue: cellwise(clip),
  Neg: unary(at((x) => -x)),
  Abs: unary(at(Math.abs)),
  Sign: unary(at(Math.sign)),
  Floor: unary(at(Math.floor)),
  Ceil: unary(at(Math.ceil)),
  Sqrt: unary(at(Math.sqrt)),
  Rsqrt: unary(at((x) => 1 / Math.sqrt(x))),
  Square: unary(at((x) => x * x)),
  Reciprocal: unary(at((x) => 1 / x)),
  Exp: unary(at(Math.exp)),
  Expm1: unary(at(Math.expm1)),
  Log: unary(at(Math.log)),
  Log1p: unary(at(Math.log1p)),
  Tanh: unary(at(Math.tanh)),
  Sigmoid: unary(at((x) => 1 / (1 + Math.exp(-x)))),
  Softplus: unary(at((x) => Math.log1p(Math.exp(-Math.abs(x))) + Math.max(x, 0))),
  Relu: unary(at((x) => Math.max(x, 0))),
  Relu6: unary(at((x) => Math.min(Math.max(x, 0), 6))),
  Sin: unary(at(Math.sin)),
  Cos: unary(at(Math.cos)),
  Sum: reduction(0, (a, b) => a + b, add),
  Prod: reduction(1, (a, b) => a * b, multiply),
  Max: reduction(Number.NEGATIVE_INFINITY, Math.max),
  Min: reduction(Number.POSITIVE_INFINITY, Math.min),
  Mean: reduction(0, (a, b) => a + b, undefined, true),
  All: reduction(1, (a, b) => a && b),
  Any: reduction(0, (a, b) => a || b),
};
