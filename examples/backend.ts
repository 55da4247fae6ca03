// A backend of your own: networks of dense layers in a JSON file of its own form, traced, cut, counted and proved.
// npm install @prune/graph @prune/pruner @prune/importance-magnitude
import {
  type Backend,
  type Cut,
  type GraphNode,
  type GraphSource,
  openTrace,
  type Rule,
  type Trace,
} from "@prune/graph";
import { type Counting, costOf, costsOf, removalsOf, sha256 } from "@prune/graph/advanced";
import { magnitude } from "@prune/importance-magnitude";
import { prune } from "@prune/pruner";

/** Tensors by name; each layer is y = relu(x W + b), the last one without relu. */
interface Net {
  readonly inputs: number;
  readonly layers: readonly string[];
  readonly tensors: Readonly<
    Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>
  >;
}

/** x[n, i] W[i, o] + b[o]: `i` is contracted, and the outputs of W and b are the same channels. */
const dense: Rule = (_, kit) =>
  kit.meet(
    [
      [kit.layout(0), ["n", "i"]],
      [kit.own(1) ?? kit.layout(1), ["i", "o"]],
      [kit.own(2) ?? kit.layout(2), ["o"]],
    ],
    ["n", "o"],
  );
/** One cell in, one cell out. */
const relu: Rule = (_, kit) => kit.layout(0);
const rules: Readonly<Record<string, Rule>> = { Dense: dense, Relu: relu };

/** What the core asks of a model. */
function sourceOf({ inputs, layers, tensors }: Net): GraphSource {
  const nodes: GraphNode[] = [];
  layers.forEach((name, i) => {
    const [from, to] = [i === 0 ? "x" : `h${i - 1}`, i === layers.length - 1 ? "y" : `z${i}`];
    nodes.push({ name, op: "Dense", inputs: [from, `${name}.weight`, `${name}.bias`], outputs: [to] });
    if (to !== "y") nodes.push({ name: `${name}.relu`, op: "Relu", inputs: [to], outputs: [`h${i}`] });
  });
  return {
    nodes,
    inputs: [{ name: "x", shape: [1, inputs] }],
    outputs: ["y"],
    parameter: (name) => tensors[name]?.shape,
    isConstant: (name) => name in tensors,
    isIndex: () => false,
    integers: () => undefined,
    reals: () => undefined,
    computed: () => undefined,
    isComputable: () => false,
    stated: () => undefined,
    rule: ({ op }) => rules[op],
    duty: (_, input) => (input === 2 ? "bias" : undefined),
  };
}

const bytesOf = (net: Net): Uint8Array => new TextEncoder().encode(JSON.stringify(net));

/** The weights that a cut leaves, or with `mask` the same shapes with what left as zero. */
function without(net: Net, trace: Trace, cut: Cut, mask = false): Net {
  const tensors = { ...net.tensors };
  for (const parameter of trace.parameters) {
    const gone = cut.removedElements(parameter);
    const { shape, data } = net.tensors[parameter.tensor]!;
    if (!gone) continue;
    tensors[parameter.tensor] = mask
      ? { shape, data: data.map((value, i) => (gone[i] ? 0 : value)) }
      : { shape: cut.shapeLeft(parameter), data: data.filter((_, i) => !gone[i]) };
  }
  return { ...net, tensors };
}

function json(): Backend<Net> {
  const counting = ({ inputs }: Net, trace: Trace): Counting => ({
    macs: (at, { input, output }) =>
      trace.source.nodes[at]?.op === "Dense" ? (input(0).at(-1) ?? 0) * (output(0).at(-1) ?? 0) : 0,
    parameters: ({ shape }) => shape.reduce((a, b) => a * b, 1),
    bytes: ({ shape }) => shape.reduce((a, b) => a * b, 8),
    batch: 1,
    inputs: [{ name: "x", shape: [1, inputs], isFloat: true }],
    at: {},
  });
  return {
    name: "json",
    trace: (net) => openTrace(sourceOf(net)),
    probe: (net, trace) => ({
      trace,
      weights(name) {
        const tensor = net.tensors[name];
        return tensor && { shape: tensor.shape, data: Float32Array.from(tensor.data) };
      },
    }),
    cut: (net, trace, cut) => without(net, trace, cut),
    cost: (net, trace, cut) => costOf(trace, counting(net, trace), bytesOf(net).length, cut),
    costs: (net, trace, cut) => costsOf(trace, counting(net, trace), cut),
    removals: (_, trace, cut) => removalsOf(trace, cut),
    hash: (net) => sha256(bytesOf(net)),
  };
}

function run({ layers, tensors }: Net, x: readonly number[]): number[] {
  return layers.reduce(
    (from: number[], name, i) => {
      const [{ data: weights }, { data: bias }] = [tensors[`${name}.weight`]!, tensors[`${name}.bias`]!];
      const to = bias.map((b, o) =>
        from.reduce((sum, value, k) => sum + value * weights[k * bias.length + o]!, b),
      );
      return i === layers.length - 1 ? to : to.map((value) => Math.max(0, value));
    },
    [...x],
  );
}

const numbers = (n: number, seed: number): number[] =>
  Array.from({ length: n }, (_, i) => Math.sin(seed + 1.7 * i));
const net: Net = {
  inputs: 4,
  layers: ["first", "second", "last"],
  tensors: {
    "first.weight": { shape: [4, 16], data: numbers(64, 1) },
    "first.bias": { shape: [16], data: numbers(16, 2) },
    "second.weight": { shape: [16, 12], data: numbers(192, 3) },
    "second.bias": { shape: [12], data: numbers(12, 4) },
    "last.weight": { shape: [12, 3], data: numbers(36, 5) },
    "last.bias": { shape: [3], data: numbers(3, 6) },
  },
};

const backend = json();
const trace = backend.trace(net);
const { model, plan, report } = await prune(net, { backend, importance: magnitude(), ratio: 0.25, trace });
const x = numbers(4, 7);
const [cut, masked, whole] = [model, without(net, trace, trace.cut(plan), true), net].map((each) =>
  run(each, x),
);
const apart = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
const holds = apart(cut!, masked!) < 1e-9 && apart(cut!, whole!) > 1e-3;
console.log(
  `${report.removed} units removed, ${report.before.macs} -> ${report.after.macs} MACs, cut = mask holds: ${holds}`,
);
