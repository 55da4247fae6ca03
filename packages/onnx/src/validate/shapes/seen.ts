import type { Dim } from "@prune/graph";
import { ints, type OnnxNode } from "../../operators/node.js";

/** What is known of a node's inputs before its rule runs. */
export interface Seen {
  /** undefined where the input is left out, or of unknown rank. */
  shape(input: number): readonly Dim[] | undefined;
  /** Contents of an input that holds sizes or positions, where all of them are known. */
  numbers(input: number): readonly number[] | undefined;
}

/** Says what is wrong with a node, or undefined where nothing is known to be. */
export type ShapeTest = (node: OnnxNode, seen: Seen) => string | undefined;

/** The first fault of several tests. */
export const all =
  (...tests: readonly ShapeTest[]): ShapeTest =>
  (node, seen) => {
    for (const test of tests) {
      const why = test(node, seen);
      if (why !== undefined) return why;
    }
    return undefined;
  };

export const shown = (shape: readonly Dim[]): string => `[${shape.slice(0, 8).join(", ")}]`;

/** Whether two sizes can't be the same; symbols may be anything. */
export const differ = (a: Dim | undefined, b: Dim | undefined): boolean =>
  typeof a === "number" && typeof b === "number" && a !== b;

/** The input has a rank within bounds. */
export const rank =
  (input: number, least: number, most: number = Number.POSITIVE_INFINITY): ShapeTest =>
  (_, { shape }) => {
    const found = shape(input);
    if (!found || (found.length >= least && found.length <= most)) return undefined;
    const want = most === least ? `${least}` : most < 99 ? `${least} to ${most}` : `at least ${least}`;
    return `its input ${input} has the shape ${shown(found)}, and the rank must be ${want}`;
  };

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
