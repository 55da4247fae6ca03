import { expect, test } from "vitest";
import type { GraphNode, GraphSource } from "../trace/graph.js";
import { openTrace } from "../trace/open-trace.js";
import { joining, pattern } from "./pattern.js";

type Shapes = Readonly<Record<string, readonly number[]>>;

/** A chain of nodes; names that nothing makes are stored, but "x". */
function traced(nodes: readonly (GraphNode & { readonly pattern: string })[], shapes: Shapes) {
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const stored = (name: string): boolean => name !== "x" && !made.has(name);
  const source: GraphSource<(typeof nodes)[number]> = {
    nodes,
    inputs: [{ name: "x", shape: shapes.x as readonly number[] }],
    outputs: [nodes.at(-1)?.outputs[0] as string],
    parameter: (name) => (stored(name) ? shapes[name] : undefined),
    isConstant: stored,
    isIndex: () => false,
    integers: () => undefined,
    reals: () => undefined,
    computed: () => undefined,
    isComputable: () => false,
    stated: () => undefined,
    rule: (node) => pattern(node.pattern),
    duty: () => undefined,
  };
  return openTrace(source);
}

const node = (text: string, inputs: readonly string[], output: string) => ({
  name: output,
  op: "Op",
  pattern: text,
  inputs,
  outputs: [output],
});

/** Sizes of stored tensors once the first n units of the first family are gone. */
function left(trace: ReturnType<typeof traced>, n: number, tensors: readonly string[]): string[] {
  const units = [...(trace.families[0]?.units ?? [])].slice(0, n);
  const cut = trace.cut({ ...trace.group({ tensor: "w", dim: 0 }, [0]).plan(), units });
  expect(cut.findings).toEqual([]);
  return tensors.map((name) => `${name} ${cut.shape(name)}`);
}

test("a convolution, a norm, an activation with slopes and a product, each in a line", () => {
  const trace = traced(
    [
      node("n i *, o i *, o -> n o *", ["x", "w", "b"], "a"),
      node("n c *, c, c -> n c *", ["a", "scale", "shift"], "c"),
      node("..., ... -> ...", ["c", "slope"], "d"),
      node("n i *, o i * -> n o *", ["d", "v"], "y"),
    ],
    { x: [1, 3, 5, 5], w: [8, 3, 1, 1], b: [8], scale: [8], shift: [8], slope: [8, 1, 1], v: [4, 8, 1, 1] },
  );
  expect(left(trace, 3, ["w", "b", "a", "scale", "shift", "slope", "v", "y"])).toEqual([
    ...["w 5,3,1,1", "b 5", "a 1,5,5,5", "scale 5", "shift 5", "slope 5,1,1", "v 4,5,1,1", "y 1,4,5,5"],
  ]);
});

test("products with batches, channels last, and what a node leaves out", () => {
  const trace = traced(
    [
      node("n * i, o i, o -> n * o", ["x", "w", ""], "a"),
      node("... m k, k n, n -> ... m n", ["a", "v", "b"], "y"),
    ],
    { x: [2, 7, 3], w: [8, 3], v: [8, 4], b: [4] },
  );
  expect(left(trace, 2, ["w", "a", "v", "b", "y"])).toEqual(["w 6,3", "a 2,7,6", "v 6,4", "b 4", "y 2,7,4"]);
});

test("dims that meet nothing stay", () => {
  const trace = traced([node("n c, c 1 -> n c", ["x", "w"], "a"), node("n c, o c -> n o", ["a", "v"], "y")], {
    x: [2, 3],
    w: [3, 5],
    v: [4, 3],
  });
  expect(trace.frozen().some(({ tensor, dim }) => tensor === "w" && dim === 1)).toBe(true);
});

test("a node that the pattern doesn't fit is frozen, with the reason", () => {
  const why = (text: string, inputs: readonly string[], shapes: Shapes): string =>
    traced([node("n i, o i -> n o", ["x", "w"], "a"), node(text, ["a", ...inputs], "y")], {
      x: [2, 3],
      w: [8, 3],
      ...shapes,
    })
      .frozen()
      .map((axis) => JSON.stringify(axis))
      .join();
  expect(why("n c, c -> n c", ["b"], { b: [8, 1] })).toContain(
    'operand 1 has 2 dims, and its pattern is \\"c\\"',
  );
  expect(why("n c -> n c", ["b"], { b: [8] })).toContain("its input 1 is none that");
});

test("a text that is no pattern is refused, with what is wrong", () => {
  for (const [text, why] of [
    ["n c", /lacks one arrow/],
    ["n -> c -> n", /lacks one arrow/],
    ["n c, c -> n o", /makes "o" of nothing/],
    ["n n -> n", /names a dim twice/],
    ["n * ... -> n", /two open numbers/],
    ["n ? -> n", /has "\?"/],
    ["n 1 -> n 1", /makes "1" of nothing/],
  ] as const) {
    expect(() => joining(text)).toThrowError(why);
    expect(() => pattern(text)).toThrowError(RangeError);
  }
});
