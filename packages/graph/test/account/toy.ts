import { type GraphNode, type GraphSource, openTrace, type Rule, type Trace } from "@prune/graph";
import { computing, findShuffles, lookUp, shuffled, withRest } from "@prune/graph/rules";

/** A format of four operators, whose nodes are lines: output, operator, inputs. */
export type Line = readonly [output: string, op: string, inputs: string];

export interface Toy {
  readonly input: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly lists?: Readonly<Record<string, readonly number[]>>;
  readonly lines: readonly Line[];
  readonly outputs: readonly string[];
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The input is called x. */
export function toyTrace({ input, weights, lists = {}, lines, outputs }: Toy): Trace {
  const nodes = lines.map(([output, op, inputs]): GraphNode => {
    return { name: output, op, inputs: inputs.split(" "), outputs: [output] };
  });
  const constant = new Set([...Object.keys(weights), ...Object.keys(lists)]);
  for (const { inputs, outputs: made } of nodes)
    if (inputs.every((name) => constant.has(name))) for (const name of made) constant.add(name);
  const shuffles = findShuffles(nodes, outputs, ({ inputs }) => lists[inputs[1] ?? ""]);
  const rules: Readonly<Record<string, Rule>> = {
    Dense: (_, kit) =>
      kit.meet(
        [
          [kit.layout(0), ["n", "i"]],
          [kit.raw(1) as never, ["i", "o"]],
        ],
        ["n", "o"],
      ),
    Add: (_, kit) => kit.broadcast(),
    Gather: (_, kit) => lookUp(kit, 1),
    Reshape: (node, kit) => shuffled(shuffles.get(node.name) as never, node, kit, withRest) ?? kit.opaque(),
    Transpose: (node, kit) => shuffled(shuffles.get(node.name) as never, node, kit, withRest) ?? kit.opaque(),
  };
  const source: GraphSource = {
    nodes,
    inputs: [{ name: "x", shape: input }],
    outputs,
    parameter: (name) => weights[name] ?? (lists[name] && [lists[name].length]),
    isConstant: (name) => constant.has(name),
    isIndex: (name) => name in lists,
    integers: (name) => lists[name],
    reals: () => undefined,
    // Twice is the one operator that is computed on constants: it gives its input's shape.
    computed: ({ op, inputs }) => (op === "Twice" ? [weights[inputs[0] as string]] : undefined),
    isComputable: () => true,
    stated: () => undefined,
    rule: ({ op }) => rules[op] && computing(rules[op], () => undefined),
    duty: () => undefined,
  };
  return openTrace(source);
}

/** Elements and bytes of everything alike, no multiplications. */
export const counting = {
  macs: (): number => 0,
  parameters: ({ shape }: { readonly shape: readonly number[] }): number => size(shape),
  bytes: ({ shape }: { readonly shape: readonly number[] }): number => 4 * size(shape),
  batch: 1,
  inputs: [],
  at: {},
};
