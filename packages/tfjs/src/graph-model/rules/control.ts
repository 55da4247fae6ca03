import type { Rules, TfRule } from "../node.js";

const each = (names: string, rule: TfRule): Rules =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** One of its outputs is what it reads, the other is nothing. */
const choice: TfRule = (node, kit) => {
  kit.pin(kit.layout(1), undefined, "decides which way to go", "data");
  return node.outputs.map(() => kit.layout(0));
};

/** Whichever of its inputs there is: they lie side by side. A loop's comes from the end of its body. */
const merge: TfRule = (node, kit) => {
  const values = node.inputs.map((_, i) => kit.raw(i));
  if (!values.every((value) => value?.layout)) return kit.opaque("a loop, which is not followed");
  return [kit.broadcast(), kit.fixed([])].slice(0, node.outputs.length);
};

/** Control flow: of the older style conditions are followed; loops, and functions of the newer, keep what they read. */
export const control: Rules = {
  Switch: choice,
  Merge: merge,
  ...each("If StatelessIf", (node, kit) => kit.opaque(`read inside the branches of ${node.op}`)),
  ...each("While StatelessWhile", (node, kit) => kit.opaque(`read inside the loop of ${node.op}`)),
  ...each("Enter Exit NextIteration LoopCond", (_, kit) => kit.opaque("a loop, which is not followed")),
};
