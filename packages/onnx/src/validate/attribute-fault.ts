import type { Attribute, Node } from "../model.js";

type Test = (value: readonly number[]) => string | undefined;

const eachAtLeast =
  (least: number): Test =>
  (value) =>
    value.every((n) => Number.isSafeInteger(n) && n >= least)
      ? undefined
      : `must be ${value.length === 1 ? "" : "numbers of "}at least ${least}`;

const permutation: Test = (value) =>
  new Set(value).size === value.length &&
  value.every((n) => Number.isInteger(n) && n >= 0 && n < value.length)
    ? undefined
    : `must hold each number from 0 to ${value.length - 1} once`;

/** What attributes may hold whatever the shapes are, by name: they mean the same in all operators that have them. */
const tests: ReadonlyMap<string, Test> = new Map([
  ["perm", permutation],
  ["group", eachAtLeast(1)],
  ["kernel_shape", eachAtLeast(1)],
  ["strides", eachAtLeast(1)],
  ["dilations", eachAtLeast(1)],
  ["blocksize", eachAtLeast(1)],
  ["hidden_size", eachAtLeast(1)],
  ["num_groups", eachAtLeast(1)],
  ["num_outputs", eachAtLeast(1)],
  ["num_heads", eachAtLeast(0)],
  ["split", eachAtLeast(0)],
]);

/** What is wrong with a node's own numbers, or undefined. */
export function attributeFault({ attributes }: Node): string | undefined {
  for (const [name, attribute] of attributes) {
    const test = tests.get(name);
    const value = test && numbersOf(attribute);
    const why = value && test?.(value);
    if (why !== undefined) return `the attribute "${name}" is ${shown(value)} and ${why}`;
  }
  return undefined;
}

const numbersOf = (attribute: Attribute): readonly number[] | undefined =>
  attribute.kind === "int" ? [attribute.value] : attribute.kind === "ints" ? attribute.value : undefined;

const shown = (value: readonly number[] = []): string =>
  value.length > 8 ? `[${value.slice(0, 8).join(", ")}, ...]` : `[${value.join(", ")}]`;
