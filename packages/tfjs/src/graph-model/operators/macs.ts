import { flag, text } from "../node.js";
import type { Macs } from "./record.js";

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Every output element sums over a filter [..kernel, in, out]. */
export const windowMacs: Macs = ({ input, output }) => total(output(0)) * total(input(1).slice(0, -1));

/** Every input element, of input 2, meets a filter of all outputs. */
export const transposedMacs: Macs = ({ input }) => total(input(2)) * total(input(1).slice(0, -1));

/** Every output element sums over one channel's kernel. */
export const depthwiseMacs: Macs = ({ input, output }) => total(output(0)) * total(input(1).slice(0, 2));

/** Every output element sums over the last axis of the left operand, or the one before where it is turned. */
export const productMacs =
  (turned: string): Macs =>
  ({ input, output }, node) =>
    total(output(0)) * (input(0).at(flag(node, turned) ? -2 : -1) ?? 1);

/** Every combination of the letters' values. */
export const einsumMacs: Macs = ({ input }, node) => {
  const size = new Map<string, number>();
  const [given = ""] = text(node, "equation").replaceAll(" ", "").split("->");
  given.split(",").forEach((term, i) => {
    [...term].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, input(i)[d] ?? 1));
    });
  });
  return total([...size.values()]);
};
