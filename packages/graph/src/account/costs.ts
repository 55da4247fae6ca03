import type { Cut } from "../cut/cut.js";
import { shapeOf } from "../layout/layout.js";
import { atOne, type Dim } from "../names/dim.js";
import type { Cost, NodeCost } from "../plan/plug-in.js";
import type { Trace } from "../trace/open-trace.js";
import { type Form, formsOf } from "./forms.js";
import { usesOf } from "./uses.js";

/** Sizes of a node's operands, with symbols as 1; empty for a scalar, an omitted input or an unknown shape. */
export interface Sizes {
  input(i: number): readonly number[];
  output(i: number): readonly number[];
}

/** What a format says of the cost of a model. */
export interface Counting {
  /** Multiply-accumulates of one run of the node at a position. */
  macs(node: number, sizes: Sizes): number;
  /** Elements that count as parameters: none of a size, an index, a scalar. */
  parameters(form: Form): number;
  bytes(form: Form): number;
  /** Samples in one run. */
  readonly batch: number;
}

/** Cost of a model of some stored bytes, or of what a cut would leave, from filtered layouts: no weight is read. */
export function costOf(trace: Trace, counting: Counting, stored: number, cut?: Cut): Cost {
  const forms = formsOf(trace, cut);
  const sum = (list: readonly Form[], count: (form: Form) => number): number =>
    list.reduce((all, form) => all + count(form), 0);
  return {
    macs: macsByNode(trace, counting, cut).reduce((a, b) => a + b, 0),
    parameters: sum(forms, counting.parameters),
    bytes: cut ? stored + sum(forms, counting.bytes) - sum(formsOf(trace), counting.bytes) : stored,
  };
}

/** Cost per node; a tensor counts at the first node that reads it. */
export function costsOf(trace: Trace, counting: Counting, cut?: Cut): NodeCost[] {
  const { nodes } = trace.source;
  const parameters = new Float64Array(nodes.length);
  for (const form of formsOf(trace, cut)) parameters[form.node]! += counting.parameters(form);
  const macs = macsByNode(trace, counting, cut);
  return nodes.map(({ name, op, outputs }, i) => ({
    node: name || (outputs[0] ?? ""),
    op,
    macs: macs[i] as number,
    parameters: parameters[i] as number,
  }));
}

function macsByNode(trace: Trace, { macs, batch }: Counting, cut?: Cut): number[] {
  const uses = usesOf(trace);
  const sizesOf = (name: string): readonly Dim[] => {
    const layout = name === "" ? undefined : trace.tensor(name)?.layout;
    if (!layout) return [];
    return cut ? cut.shape(layout) : shapeOf(layout);
  };
  return trace.source.nodes.map(({ inputs, outputs }, at) => {
    const input = (i: number): readonly number[] => {
      const name = inputs[i] ?? "";
      const parameter = uses.of(at, i, name);
      if (!parameter) return sizesOf(name).map(numberOf);
      return cut ? cut.shapeLeft(parameter) : parameter.shape;
    };
    const output = (i: number): readonly number[] => sizesOf(outputs[i] ?? "").map(numberOf);
    return macs(at, { input, output }) / batch;
  });
}

/** A size at symbols of 1. */
const numberOf = (dim: Dim): number => (typeof dim === "number" ? dim : Math.max(1, atOne(dim)));

/** Samples in one run, by the first dim of some shapes: a number that all have in common, else 1. */
export function batchOf(shapes: readonly (readonly unknown[] | undefined)[]): number {
  const firsts = new Set(shapes.map((shape) => shape?.[0]));
  const [first] = firsts;
  return firsts.size === 1 && typeof first === "number" && first > 0 ? first : 1;
}
