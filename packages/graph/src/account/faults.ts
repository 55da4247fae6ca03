import type { Fault } from "../cut/blame.js";
import type { Cut } from "../cut/cut.js";
import { shapeOf } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { Followed } from "../trace/open-trace.js";

/**
 * What is wrong with a cut model, found by its own trace: each tensor must have the shape of the original's filtered
 * layout, and inputs and outputs must be the original's, but for those whose shape may follow from the cut.
 */
export function faultOf(original: Followed, smaller: Followed, cut: Cut): Fault | undefined {
  const interfaceFault = interfaceFaultOf(original, smaller, cut);
  if (interfaceFault) return interfaceFault;
  for (const [tensor, { layout, parameter }] of smaller.tensors) {
    const before = original.tensors.get(tensor);
    if (!layout || !before?.layout || before.parameter || parameter) continue;
    const want = cut.shape(tensor);
    const got = shapeOf(layout);
    if (!equal(want, got)) return { tensor, what: `its shape would be [${got}] in place of [${want}]` };
  }
  return undefined;
}

/**
 * How the inputs and outputs of a smaller model differ from the original's, by the shapes that follow from the nodes:
 * what a file declares of its outputs may be another matter. With a cut, those that are free have the shape that it
 * gives them.
 */
export function interfaceFaultOf(original: Followed, smaller: Followed, cut?: Cut): Fault | undefined {
  for (const tensor of original.source.outputs)
    if (!smaller.source.outputs.includes(tensor)) return { tensor, what: "an output would be gone" };
  const { source } = original;
  // Old files list their weights as inputs.
  const inputs = source.inputs.map(({ name }) => name).filter((name) => !source.parameter(name));
  for (const tensor of [...inputs, ...original.source.outputs]) {
    const [before, after] = [original, smaller].map(({ tensors }) => tensors.get(tensor)?.layout);
    if (!before || !after) continue;
    const isFree = source.end?.(tensor) === "free";
    const [want, got] = [isFree && cut ? cut.shape(tensor) : shapeOf(before), shapeOf(after)];
    if (!equal(want, got))
      return { tensor, what: `the model's interface would change from [${want}] to [${got}]` };
  }
  return undefined;
}

const equal = (a: readonly Dim[], b: readonly Dim[]): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);
