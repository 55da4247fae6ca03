import { shapeOf } from "../layout/layout.js";
import type { Dim } from "../names/dim.js";
import type { GraphNode } from "../trace/graph.js";
import type { Kit } from "../trace/kit.js";
import { numbers } from "./computing.js";

/** What is known of a node's inputs before its rule runs. */
export interface Seen {
  /** undefined where the input is left out, or of unknown rank. */
  shape(input: number): readonly Dim[] | undefined;
  /** Contents of an input that holds sizes or positions, where all of them are known. */
  numbers(input: number): readonly number[] | undefined;
}

/** Says what is wrong with the shapes that meet in a node, or undefined where nothing is known to be. */
export type ShapeTest<Node extends GraphNode = GraphNode> = (node: Node, seen: Seen) => string | undefined;

/** What a rule's kit knows of its node's inputs; looking changes nothing. */
export const seenBy = (kit: Kit): Seen => ({
  shape(input) {
    const layout = kit.raw(input)?.layout;
    return layout && shapeOf(layout);
  },
  numbers: (input) => numbers(kit.raw(input)?.data),
});

/** The first fault of several tests. */
export const firstFault =
  <Node extends GraphNode>(...tests: readonly ShapeTest<Node>[]): ShapeTest<Node> =>
  (node, seen) => {
    for (const test of tests) {
      const why = test(node, seen);
      if (why !== undefined) return why;
    }
    return undefined;
  };

/** A shape as messages show it. */
export const shown = (shape: readonly Dim[]): string => `[${shape.slice(0, 8).join(", ")}]`;

/** Whether two sizes can't be the same; symbols may be anything. */
export const differ = (a: Dim | undefined, b: Dim | undefined): boolean =>
  typeof a === "number" && typeof b === "number" && a !== b;

/** Whether two shapes stretch to each other as numpy's do. */
export function stretches(a: readonly Dim[], b: readonly Dim[]): boolean {
  for (let d = 1; d <= Math.min(a.length, b.length); d++) {
    const [x, y] = [a.at(-d), b.at(-d)];
    if (x !== 1 && y !== 1 && differ(x, y)) return false;
  }
  return true;
}

/** What is wrong with shapes that are to stretch to each other as numpy's do; those that are not known fit. */
export function stretchFault(shapes: readonly (readonly Dim[] | undefined)[]): string | undefined {
  /** By place from the last, the first shape that has a size there which can't stretch. */
  const decides: (readonly Dim[] | undefined)[] = [];
  for (const shape of shapes.filter((one) => one !== undefined))
    for (let d = 1; d <= shape.length; d++) {
      const size = shape.at(-d);
      if (typeof size !== "number" || size === 1) continue;
      const other = decides[d];
      if (other && differ(other.at(-d), size)) return misfit(other, shape);
      decides[d] = other ?? shape;
    }
  return undefined;
}

/** What is said of shapes that don't go together. */
export const misfit = (a: readonly Dim[], b: readonly Dim[]): string =>
  `its inputs have the shapes ${shown(a)} and ${shown(b)}, which don't fit together`;

/**
 * What is wrong with the operands of an Einsum: one for each part of its equation, with a dim for each letter of it, and
 * dims of one letter alike but for those of 1, which stretch.
 */
export function einsumFault(
  equation: string,
  operands: readonly (readonly Dim[] | undefined)[],
): string | undefined {
  const terms = (equation.replace(/\s/g, "").split("->")[0] as string).split(",");
  if (terms.length !== operands.length)
    return `its equation has ${terms.length} operands, and there are ${operands.length} inputs`;
  const sizes = new Map<string, Dim>();
  for (const [i, term] of terms.entries()) {
    const shape = operands[i];
    const letters = [...term.replace("...", "")];
    const isOpen = term.includes("...");
    if (!shape) continue;
    if (isOpen ? shape.length < letters.length : shape.length !== letters.length)
      return `its operand "${term}" has the shape ${shown(shape)}`;
    if (isOpen) continue;
    for (const [d, letter] of letters.entries()) {
      const [size, known] = [shape[d] as Dim, sizes.get(letter)];
      if (size === 1) continue;
      if (differ(size, known)) return `"${letter}" of its equation is ${known} and ${size}`;
      sizes.set(letter, size);
    }
  }
  return undefined;
}

/** The input has a rank within bounds. */
export const rankOf =
  (input: number, least: number, most: number = Number.POSITIVE_INFINITY): ShapeTest =>
  (_, { shape }) => {
    const found = shape(input);
    if (!found || (found.length >= least && found.length <= most)) return undefined;
    const want =
      most === least ? `${least}` : Number.isFinite(most) ? `${least} to ${most}` : `at least ${least}`;
    return `its input ${input} has the shape ${shown(found)}, and the rank must be ${want}`;
  };

/** No runtime has tensors of more dims; a rank comes from the length of a stored vector, and may be damaged. */
const mostDims = 64;

/** The input is a vector of sizes or of axes, for no more dims than tensors have. */
export const dimsAt =
  (input: number): ShapeTest =>
  (_, { shape }) => {
    const found = shape(input);
    const count = found?.[0];
    if (!found || (found.length <= 1 && !(typeof count === "number" && count > mostDims))) return undefined;
    return `its input ${input} has the shape ${shown(found)}, and must be a vector for at most ${mostDims} dims`;
  };

/** Those of the inputs that are there are lists with as many numbers each. */
export const asLong =
  (...inputs: readonly number[]): ShapeTest =>
  (_, { shape }) => {
    const found = inputs.flatMap((input) => {
      const lone = shape(input);
      return lone?.length === 1 && typeof lone[0] === "number" ? [{ input, count: lone[0] }] : [];
    });
    const [first] = found;
    const other = found.find(({ count }) => count !== first?.count);
    return (
      other &&
      `its input ${first?.input} has ${first?.count} numbers, and its input ${other.input} ${other.count}`
    );
  };
