import { type Labelled, type Layout, symbol, type Value } from "@prune/graph/advanced";
import { range, says } from "@prune/graph/rules";
import { likeAll, likeOutput, scalar, switched } from "../demands.js";
import type { TfRule } from "../node.js";
import { alike, bare, type OperatorTable } from "./record.js";

/** One of its outputs is what it reads, the other is nothing. */
const choice: TfRule = (node, kit) => {
  const way = kit.raw(1)?.layout;
  if (way) kit.pin(way, undefined, "decides which way to go", "data");
  return node.outputs.map(() => ({ layout: kit.layout(0), data: kit.raw(0)?.data }));
};

/** Whichever of its inputs there is: they lie side by side. A loop's comes from the end of its body. */
const merge: TfRule = (node, kit) => {
  const layouts = node.inputs.map((_, i) => kit.raw(i)?.layout);
  const [head] = layouts;
  if (!head || !layouts.every((layout) => layout?.rank === head.rank))
    return kit.opaque(`${node.op} of ways that can't be followed`);
  const sizes = layouts.map((layout) => kit.shape(layout as Layout));
  const labels = range(head.rank).map((d) => `d${d}`);
  const ways = layouts.map((_, i): Labelled => {
    const given = kit.raw(i) as Value;
    const apart = range(head.rank).filter((d) => sizes.some((shape) => shape[d] !== sizes[0]?.[d]));
    if (apart.length === 0) return [given, labels];
    const way = kit.layout(i);
    kit.pin(way, apart, "as long as the way that is gone makes it", "dynamic");
    const one = apart.reduce((y, d) => kit.resize(y, d, symbol(`${node.outputs[0]}.${d}`)), way);
    return [one, labels];
  });
  return [kit.meet(ways, labels), kit.fixed([])].slice(0, node.outputs.length);
};

/** A loop is not followed: what goes in and comes out stays, of the shape that went in. */
const held =
  (keepsShape: boolean): TfRule =>
  (node, kit) => {
    const shape = kit.raw(0)?.layout && kit.shape(kit.raw(0) as Value);
    const outcome = kit.opaque("a loop, which is not followed");
    return keepsShape && shape ? node.outputs.map(() => kit.fixed(shape)) : outcome;
  };

const bodies = {
  ...bare,
  inputs: 1,
  most: Infinity,
  support: says("nothing: functions stay as they are", "what goes into a function"),
  outputs: {},
} as const;

const loops = {
  ...bare,
  rule: held(false),
  inputs: 1,
  demands: likeOutput,
  support: says("nothing: a loop is not followed", "what goes in and comes out"),
} as const;

/** Control flow: of the older style conditions are followed; loops, and functions of the newer, keep what they read. */
export const control: OperatorTable = {
  Switch: {
    ...bare,
    rule: choice,
    inputs: 2,
    demands: switched,
    support: says("both ways with what is read", "what decides"),
    outputs: { count: () => 2, names: ["output_false", "output_true"] },
  },
  Merge: {
    ...bare,
    rule: merge,
    inputs: 1,
    most: Infinity,
    demands: likeAll,
    support: says("all ways, position by position", "dims whose size depends on the way"),
    outputs: { names: ["output", "value_index"] },
  },
  ...alike("If StatelessIf", {
    ...bodies,
    rule: (node, kit) => kit.opaque(`read inside the branches of ${node.op}`),
  }),
  ...alike("While StatelessWhile", {
    ...bodies,
    rule: (node, kit) => kit.opaque(`read inside the loop of ${node.op}`),
  }),
  Enter: { ...loops, rule: held(true) },
  Exit: loops,
  NextIteration: loops,
  LoopCond: { ...loops, demands: scalar },
};
