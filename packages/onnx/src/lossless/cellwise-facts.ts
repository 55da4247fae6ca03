import { evaluate } from "../fold/evaluate.js";
import { float, int, type OnnxNode } from "../operators/node.js";
import type { Tensor } from "../tensor.js";
import { channelsOf } from "./channels.js";
import { type Fact, type Facts, factOf } from "./facts.js";
import {
  add,
  anything,
  between,
  divide,
  hull,
  type Interval,
  isConstant,
  multiply,
  subtract,
} from "./interval.js";
import type { View } from "./view.js";

/** What the outputs of an operator that works cell by cell hold; undefined for other operators. */
export function cellwise(node: OnnxNode, output: number, view: View): Facts | undefined {
  if (node.op === "BatchNormalization") return output === 0 ? normalised(node, view) : undefined;
  const channels = channelsOf(node);
  if (channels === "rising" || channels === "curved") return output === 0 ? mapped(node, view) : undefined;
  return channels === "paired" ? combined(node, view) : undefined;
}

/** One activation through a function; the other inputs are its settings. */
function mapped(node: OnnxNode, view: View): Facts | undefined {
  const [input = "", ...settings] = node.inputs;
  const from = view.facts.get(input);
  const given = settings.map((name) => (name === "" ? undefined : view.source.value(name)));
  if (!from || settings.some((name, i) => name !== "" && given[i]?.data.length !== 1)) return undefined;
  const entries = [...from];
  const data = Float32Array.from(entries.flatMap(([, { values }]) => [values.lo, values.hi]));
  const trusted = channelsOf(node) === "rising";
  const ends = evaluate(node, [{ dtype: "float32", shape: [data.length], data }, ...given], node.opset)?.[0]
    ?.data;
  return new Map(
    entries.map(([name, { values, print }], i): [number, Fact] => {
      const known = ends && (trusted || isConstant(values));
      return [
        name,
        {
          values: known ? between(ends[2 * i] as number, ends[2 * i + 1] as number) : anything,
          print: print && view.intern(`${node.index} ${print}`),
        },
      ];
    }),
  );
}

/** y = (x - mean) / sqrt(variance + epsilon) * scale + shift */
function normalised(node: OnnxNode, view: View): Facts | undefined {
  const [input = "", ...names] = node.inputs;
  const [scale, shift, mean, variance] = names.map((name) => view.source.value(name));
  const channels = view.along(input, 1);
  if (!channels || !scale || !shift || !mean || !variance || int(node, "training_mode", 0) === 1)
    return undefined;
  const epsilon = float(node, "epsilon") ?? 1e-5;
  const found = new Map<number, Fact>();
  channels.forEach((name, c) => {
    const { values, print } = factOf(view, input, name);
    const at = ({ data }: Tensor): number => data[c] as number;
    const factor = at(scale) / Math.sqrt(at(variance) + epsilon);
    const weighted = multiply(subtract(values, point(at(mean))), point(factor));
    const numbers = [scale, shift, mean, variance].map(at).join();
    const fact = {
      values: add(weighted, point(at(shift))),
      print: print && view.intern(`${node.index} ${print} ${numbers}`),
    };
    const other = found.get(name);
    found.set(name, other ? { values: hull(other.values, fact.values), print: 0 } : fact);
  });
  return found;
}

const point = (value: number): Interval => between(value, value);

type Combine = (a: Interval, b: Interval) => Interval;

const combine: Readonly<Record<string, Combine>> = {
  Add: add,
  Sum: add,
  Sub: subtract,
  Mul: multiply,
  Div: divide,
  Max: (a, b) => between(Math.max(a.lo, b.lo), Math.max(a.hi, b.hi)),
  Min: (a, b) => between(Math.min(a.lo, b.lo), Math.min(a.hi, b.hi)),
};

function combined(node: OnnxNode, view: View): Facts | undefined {
  const output = node.outputs[0] as string;
  const rank = view.rank(output);
  const found = new Map<number, Fact>();
  for (let dim = 0; dim < rank; dim++) {
    const names = view.along(output, dim);
    if (!names) continue;
    const operands = node.inputs.map((input) => operandFacts(view, input, dim - rank, names));
    for (const name of new Set(names)) {
      const facts = operands.map((operand) => operand(name));
      const values = facts.map((fact) => fact.values).reduce(combine[node.op] as Combine);
      const known = facts.every(({ print }) => print !== 0);
      const print = known ? view.intern(`${node.index} ${facts.map((fact) => fact.print).join(" ")}`) : 0;
      found.set(name, { values, print });
    }
  }
  return found;
}

/** What an operand holds beside the positions that have a name; `dim` counts from the end. */
function operandFacts(view: View, input: string, dim: number, names: Int32Array): (name: number) => Fact {
  if (view.source.isConstant(input)) {
    const slices = constantFacts(view, view.source.value(input), dim, names);
    return (name) => slices?.get(name) ?? { values: anything, print: 0 };
  }
  const own = view.along(input, view.rank(input) + dim);
  const same = own?.length === names.length && own.every((name, p) => name === names[p]);
  if (same) return (name) => factOf(view, input, name);
  const whole = view.names(input).size === 0 ? view.intern(`all of ${input}`) : 0;
  const varies = view.rank(input) + dim >= 0 && !isOne(view, input, view.rank(input) + dim);
  return () => ({ values: anything, print: varies ? 0 : whole });
}

const isOne = (view: View, input: string, dim: number): boolean =>
  view.trace.tensor(input)?.layout?.owner.includes(dim) === false;

function constantFacts(
  view: View,
  tensor: Tensor | undefined,
  dim: number,
  names: Int32Array,
): Map<number, Fact> | undefined {
  if (!tensor || !/^float/.test(tensor.dtype)) return undefined;
  const { shape, data } = tensor;
  const at = shape.length + dim;
  const size = at < 0 ? 1 : (shape[at] as number);
  if (size !== 1 && size !== names.length) return undefined;
  const inner = shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const stride = at < 0 ? data.length : inner;
  const cells = new Map<number, number[]>();
  names.forEach((name, p) => {
    const list = cells.get(name) ?? [];
    cells.set(name, list);
    const from = size === 1 ? 0 : p;
    for (let o = from * stride; o < data.length; o += stride * size)
      for (let i = 0; i < stride; i++) list.push(data[o + i] as number);
  });
  return new Map(
    [...cells].map(([name, list]): [number, Fact] => {
      const lo = list.reduce((a, b) => Math.min(a, b), Infinity);
      const hi = list.reduce((a, b) => Math.max(a, b), -Infinity);
      return [name, { values: between(lo, hi), print: view.intern(`values ${list.join()}`) }];
    }),
  );
}
