import { int, text } from "./node.js";
import type { Macs } from "./record.js";

const total = (sizes: readonly number[]): number => sizes.reduce((a, b) => a * b, 1);

/** Every output element sums over a filter, whose first axis counts filters. */
export const filterMacs =
  (weight: number): Macs =>
  ({ input, output }) =>
    total(output(0)) * total(input(weight).slice(1));

/** Every output element sums over the last axis of the left operand. */
export const productMacs: Macs = ({ input, output }) => total(output(0)) * (input(0).at(-1) ?? 1);

/** The same where the last two axes of the left operand may be swapped. */
export const turnedMacs: Macs = ({ input, output }, node) =>
  total(output(0)) * (input(0).at(int(node, "transA", 0) ? -2 : -1) ?? 1);

/** Both weight matrices multiply once per time step. */
export const recurrentMacs: Macs = ({ input }) => {
  const [steps = 1, batch = 1] = input(0);
  return steps * batch * (total(input(1)) + total(input(2)));
};

/** Queries with keys, weights with values: [.., tokens, size] each, heads apart or in the size. */
export const attentionMacs: Macs = ({ input, output }) =>
  (total(input(0)) + total(output(0))) * (input(1).at(-2) ?? input(0).at(-2) ?? 1);

/** Every combination of the letters' values, once for each operand after the first. */
export const einsumMacs: Macs = ({ input, output }, node) => {
  const equation = text(node, "equation").replaceAll(" ", "");
  const [given = "", result] = equation.split("->");
  const size = new Map<string, number>();
  const terms = given.split(",");
  const place = (term: string, sizes: readonly number[]): void => {
    const [head = "", tail] = term.split("...");
    [...head].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, sizes[d] ?? 1));
    });
    if (tail === undefined) return;
    [...tail].forEach((letter, d) => {
      size.set(letter, Math.max(size.get(letter) ?? 1, sizes[sizes.length - tail.length + d] ?? 1));
    });
    const between = total(sizes.slice(head.length, sizes.length - tail.length));
    size.set("...", Math.max(size.get("...") ?? 1, between));
  };
  terms.forEach((term, i) => {
    place(term, input(i));
  });
  if (result !== undefined) place(result, output(0));
  return total([...size.values()]) * Math.max(1, terms.length - 1);
};

/** Every input element meets a filter of all outputs. */
export const transposedMacs: Macs = ({ input }) => total(input(0)) * total(input(1).slice(1));

export const gemmMacs: Macs = ({ input, output }, node) =>
  total(output(0)) * (input(0)[int(node, "transA", 0) ? 0 : 1] ?? 1);

/** One matrix makes queries, keys and values, which then attend. */
export const packedAttentionMacs: Macs = ({ input, output }) => {
  const tokens = input(0).at(-2) ?? 1;
  const rows = total(input(0).slice(0, -1));
  return rows * total(input(1)) + 2 * total(output(0)) * tokens;
};
