import type { ShapeTest as GeneralTest } from "@prune/graph/rules";
import { ints, type OnnxNode } from "../../operators/node.js";

/** Says what is wrong with a node, or undefined where nothing is known to be. */
export type ShapeTest = GeneralTest<OnnxNode>;

/** A position along an axis that may count from the back. */
export function axisFault(axis: number, rank: number, what = "axis", beyond = 0): string | undefined {
  return axis >= -rank - beyond && axis < rank + beyond
    ? undefined
    : `its ${what} ${axis} is outside a tensor of rank ${rank}`;
}

/** An attribute of so many numbers, where it is there. */
export function lengthFault(node: OnnxNode, name: string, length: number): string | undefined {
  const given = ints(node, name);
  return given === undefined || given.length === length
    ? undefined
    : `the attribute "${name}" has ${given.length} numbers where the input's rank needs ${length}`;
}
