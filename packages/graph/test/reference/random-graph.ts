import { attention, fused } from "./attention-steps.js";
import {
  type Builder,
  beside,
  combine,
  linearTo,
  type Make,
  reshapeTo,
  shuffled,
  transposeBy,
  widths,
} from "./builder.js";
import {
  conv,
  gate,
  groupNorm,
  heads,
  layerNorm,
  leftLinear,
  product,
  reduce,
  softmax,
  table,
  unary,
} from "./layer-steps.js";
import {
  channelShuffle,
  concat,
  expand,
  gather,
  headMerge,
  headSplit,
  misalign,
  pad,
  repeat,
  residual,
  slice,
  split,
  tile,
  transpose,
} from "./movement-steps.js";
import { randoms } from "./randoms.js";
import type { ReferenceGraph } from "./reference-graph.js";
import { sizeOf, type Tensor } from "./tensor.js";

/** A random choice of an operator and its operands: any numbers make a valid graph. */
export type Step = readonly number[];

/** A graph as data: shrinks and prints. */
export interface Recipe {
  readonly steps: readonly Step[];
  readonly inputs: readonly number[];
  readonly outputs: number;
  readonly computes: boolean;
  /** Which operators: all of them, or mostly those that move a grid of heads. */
  readonly flavour: "all" | "movement" | "attention";
}

const makes: readonly Make[] = [
  residual,
  residual,
  repeat,
  (b) => {
    linearTo(b, b.any(), b.choose(widths));
  },
  (b) => {
    linearTo(b, b.any(), b.choose(widths));
  },
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
  leftLinear,
  headSplit,
  headSplit,
  headMerge,
  headMerge,
  misalign,
  (b) => {
    const x = b.any();
    transposeBy(b, x, shuffled(b, b.shape(x).length));
  },
  concat,
  concat,
  slice,
  split,
  gather,
  expand,
  tile,
  pad,
  reduce,
  product,
  product,
  layerNorm,
  groupNorm,
  conv,
  conv,
  attention,
  fused,
  channelShuffle,
  gate,
  unary,
  softmax,
  table,
];

const movement: readonly Make[] = [
  residual,
  residual,
  repeat,
  heads,
  heads,
  transpose,
  transpose,
  transpose,
  headSplit,
  headMerge,
  headMerge,
  headMerge,
  misalign,
  channelShuffle,
  concat,
  concat,
  slice,
  slice,
  split,
  gather,
  expand,
  tile,
  pad,
  reduce,
  softmax,
  layerNorm,
  conv,
  product,
  unary,
  leftLinear,
  (b) => {
    const x = b.any();
    combine(b, x, beside(b, x));
  },
];

const attentive: readonly Make[] = [attention, fused, heads, transpose, headMerge, headSplit, ...makes];

const flavours = { all: makes, movement, attention: attentive };

/** Decodes a recipe. */
export function build(recipe: Recipe): ReferenceGraph {
  let step: Step = [];
  let at = 0;
  let made = 0;
  const fill = (shape: readonly number[], scale: number, seed: number): Tensor => {
    const next = randoms(seed);
    return { shape, data: Float64Array.from({ length: sizeOf(shape) }, () => next() * scale) };
  };
  const b: Builder = {
    nodes: [],
    parameters: new Map(),
    shapes: new Map(),
    pool: [],
    pick: (n) => (n < 1 ? 0 : (step[at++] ?? 0) % n),
    choose: (from) => from[b.pick(from.length)] as (typeof from)[number],
    parameter(shape, scale = 1) {
      const name = `w${b.parameters.size}`;
      b.parameters.set(name, fill(shape, scale, b.parameters.size + 7));
      b.shapes.set(name, shape);
      return name;
    },
    add(op, inputs, attributes, ...shapes) {
      const outputs = shapes.map((shape) => {
        const name = `t${made++}`;
        b.shapes.set(name, shape);
        if (shape.length > 0) b.pool.push(name);
        return name;
      });
      b.nodes.push({ name: `${op}${b.nodes.length}`, op, inputs, outputs, attributes });
      return outputs;
    },
    any: () => b.pool[Math.max(0, b.pool.length - 1 - Math.min(b.pick(6), b.pick(16)))] as string,
    shape: (name) => b.shapes.get(name) as readonly number[],
  };
  const inputs = new Map([
    ["x", fill(recipe.inputs, 1, 3)],
    ["index", { shape: [3], data: Float64Array.of(4, 0, 2) }],
  ]);
  b.shapes.set("x", recipe.inputs);
  b.shapes.set("index", [3]);
  b.pool.push("x");
  if (recipe.flavour !== "all") {
    step = (recipe.steps[0] ?? []).slice(3);
    heads(b);
  }
  for (const next of recipe.steps) {
    step = next.slice(1);
    at = 0;
    const makers = flavours[recipe.flavour];
    (makers[(next[0] as number) % makers.length] as Make)(b);
  }
  const used = new Set(b.nodes.flatMap((node) => node.inputs));
  const leaves = b.nodes.flatMap((node) => node.outputs).filter((name) => !used.has(name));
  const outputs: string[] = [];
  step = [];
  for (const name of leaves.slice(0, recipe.outputs)) {
    if (b.shape(name).length > 0 && recipe.outputs > 1)
      outputs.push(
        linearTo(b, b.shape(name).length > 1 ? name : reshapeTo(b, name, [1, ...b.shape(name)]), 3),
      );
    else outputs.push(name);
  }
  return { nodes: b.nodes, parameters: b.parameters, inputs, outputs, computes: recipe.computes };
}
