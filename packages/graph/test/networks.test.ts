import { expect, test } from "vitest";
import { atOnce } from "../src/breaths.js";
import { tracingGraph } from "../src/trace/trace.js";
import { judge } from "./reference/law.js";
import { type NetworkOptions, network } from "./reference/network.js";
import { freeAtoms } from "./reference/random-plan.js";
import { sourceOf } from "./reference/reference-graph.js";

/** Tries every plan of up to 10 units; returns how many different cuts obey the law. */
function cuts(text: string, options: NetworkOptions): number {
  const graph = network(text, options);
  const state = atOnce(tracingGraph(sourceOf(graph)));
  const free = freeAtoms(state).slice(0, 10);
  const done = new Set<string>();
  for (let bits = 1; bits < 2 ** free.length; bits++) {
    const verdict = judge(graph, state, new Set(free.filter((_, i) => (bits >> i) & 1)), 0);
    expect(verdict.kind === "fails" ? `${[...verdict.plan]}: ${verdict.text}` : "").toBe("");
    if (verdict.kind === "holds") done.add([...verdict.plan].join());
  }
  return done.size;
}

const networks: readonly (readonly [name: string, atLeast: number, text: string, options: NetworkOptions])[] =
  [
    ["two layers", 14, `h = MatMul(x, a[3,4])\ny = MatMul(h, b[4,2])`, { x: [2, 3], outputs: ["y"] }],
    [
      "a residual branch",
      6,
      `h = MatMul(x, a[3,3])\nr = Relu(h)\nk = MatMul(r, b[3,3])\ns = Add(h, k)\ny = MatMul(s, c[3,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "heads that lose different dims, as many each",
      10,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[2,2,3]}\nt = Transpose(g) {"perm":[1,0,2]}\nu = Sigmoid(t)
     v = Transpose(u) {"perm":[1,0,2]}\nf = Reshape(v) {"shape":[2,6]}\ny = MatMul(f, b[6,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "heads flattened out of nested order",
      3,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[2,2,3]}\nt = Transpose(g) {"perm":[0,2,1]}
     f = Reshape(t) {"shape":[2,6]}\ny = MatMul(f, b[6,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "softmax over heads, which keeps the same dims in every head",
      1,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[2,2,3]}\ns = Softmax(g) {"axis":1}
     f = Reshape(s) {"shape":[2,6]}\ny = MatMul(f, b[6,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "a norm over heads, which keeps the same dims in every head",
      1,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[2,2,3]}\nt = Transpose(g) {"perm":[0,2,1]}
     n = LayerNorm(t, s[2], c[2]) {"axis":2}\nf = Reshape(n) {"shape":[2,6]}\ny = MatMul(f, b[6,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "a weight whose rows met fixed positions in another place",
      0,
      `h = MatMul(x, w[3,3])\nk = MatMul(x, a[3,3])\nm = MatMul(k, w[3,3])`,
      { x: [2, 3], outputs: ["h", "m"] },
    ],
    [
      "a table that is looked up and multiplied by",
      1,
      `e = Lookup(t[4,3], index)\nh = MatMul(x, a[3,3])\nk = Transpose(t[4,3]) {"perm":[1,0]}\nl = MatMul(h, k)\ns = ReduceSum(l) {"axes":[1],"keep":0}`,
      { x: [2, 3], outputs: ["s"] },
    ],
    [
      "a constant that two nodes add, each its own",
      2,
      `h = MatMul(x, a[3,3])\nk = MatMul(x, b[3,3])\np = Add(h, c[3])\nq = Add(k, c[3])\ny = MatMul(p, d[3,2])\nz = MatMul(q, e[3,2])`,
      { x: [2, 3], outputs: ["y", "z"] },
    ],
    [
      "constants computed before the cut",
      2,
      `u = Cos(c[3])\nh = MatMul(x, a[3,3])\np = Add(h, u)\nk = MatMul(x, b[3,3])\nq = Mul(k, u)\ny = MatMul(p, d[3,2])\nz = MatMul(q, e[3,2])`,
      { x: [2, 3], outputs: ["y", "z"], computes: true },
    ],
    [
      "a grouped convolution, which keeps as many inputs in every group and loses whole groups",
      6,
      `h = Conv(x, a[4,2,1]) {"group":1}\nk = Conv(h, b[2,2,3]) {"group":2}\ny = Conv(k, c[2,2,1]) {"group":1}`,
      { x: [1, 2, 4], outputs: ["y"] },
    ],
    [
      "a grouped convolution with several filters in every group",
      4,
      `k = Conv(x, b[4,2,1]) {"group":2}\nl = Conv(k, d[4,1,3]) {"group":4}\ny = Conv(l, c[2,4,1]) {"group":1}`,
      { x: [1, 4, 3], outputs: ["y"] },
    ],
    [
      "group norm",
      3,
      `h = Conv(x, a[4,2,1]) {"group":1}\nn = GroupNorm(h, s[4], c[4]) {"groups":2}\ny = Conv(n, b[2,4,1]) {"group":1}`,
      { x: [1, 2, 4], outputs: ["y"] },
    ],
    [
      "channels shuffled between groups",
      1,
      `h = MatMul(x, a[3,4])\ng = Reshape(h) {"shape":[2,2,2]}\nt = Transpose(g) {"perm":[0,2,1]}\nf = Reshape(t) {"shape":[2,4]}
     s = Add(f, h)\ny = MatMul(s, b[4,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "keys repeated for several query heads",
      2,
      `q = MatMul(x, a[3,8])\nqh = Reshape(q) {"shape":[2,4,2]}\nqt = Transpose(qh) {"perm":[1,0,2]}
     k = MatMul(x, b[3,4])\nkh = Reshape(k) {"shape":[2,2,1,2]}\nke = Expand(kh) {"shape":[2,2,2,2]}\nkr = Reshape(ke) {"shape":[2,4,2]}
     kt = Transpose(kr) {"perm":[1,2,0]}\ns = MatMul(qt, kt)\np = Softmax(s) {"axis":2}\nz = ReduceSum(p) {"axes":[0],"keep":0}`,
      { x: [2, 3], outputs: ["z"] },
    ],
    [
      "one weight for queries, keys and values",
      1,
      `h = MatMul(x, a[3,12])\ng = Reshape(h) {"shape":[2,3,2,2]}\nt = Transpose(g) {"perm":[1,2,0,3]}
     q = Take(t) {"axis":0,"index":[0]}\nk = Take(t) {"axis":0,"index":[1]}\nkt = Transpose(k) {"perm":[0,1,3,2]}
     v = Take(t) {"axis":0,"index":[2]}\ns = MatMul(q, kt)\np = Softmax(s) {"axis":3}\no = MatMul(p, v)
     u = Transpose(o) {"perm":[0,2,1,3]}\nf = Reshape(u) {"shape":[2,4]}\ny = MatMul(f, b[4,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "halves rotated as rotary embeddings do",
      1,
      `h = MatMul(x, a[3,8])\ng = Reshape(h) {"shape":[2,2,4]}\nl = Take(g) {"axis":2,"index":[0,1]}\nr = Take(g) {"axis":2,"index":[2,3]}
     n = Neg(r)\nc = Concat(n, l) {"axis":2}\np = Mul(g, e[4])\nq = Mul(c, d[4])\ns = Add(p, q)\nf = Reshape(s) {"shape":[2,8]}\ny = MatMul(f, b[8,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "a gate beside what it gates",
      2,
      `h = MatMul(x, a[3,6])\nu, v = Split(h) {"axis":1,"sizes":[3,3]}\ns = Sigmoid(u)\ng = Mul(s, v)\ny = MatMul(g, b[3,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "positions picked twice, in reverse and at a stride",
      4,
      `h = MatMul(x, a[3,4])\nd = Take(h) {"axis":1,"index":[3,3,0,1]}\nr = Take(h) {"axis":1,"index":[3,2,1,0]}\ns = Take(h) {"axis":1,"index":[0,2]}
     c = Concat(d, r, s) {"axis":1}\ny = MatMul(c, b[10,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "padding and repeats of an axis",
      4,
      `h = MatMul(x, a[3,3])\np = Pad(h) {"axis":1,"before":2,"after":0}\nt = Tile(p) {"axis":1,"times":2}\ny = MatMul(t, b[10,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "dims cut anew where they were not cut before",
      0,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[4,3]}\nt = Sigmoid(g)\nf = Reshape(t) {"shape":[2,6]}\ny = MatMul(f, b[6,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
    [
      "a grid beside itself transposed",
      0,
      `h = MatMul(x, a[3,6])\ng = Reshape(h) {"shape":[2,2,3]}\nk = Reshape(h) {"shape":[2,3,2]}\nt = Transpose(k) {"perm":[0,2,1]}\ns = Add(g, t)`,
      { x: [2, 3] },
    ],
    [
      "a square grid beside itself transposed",
      1,
      `h = MatMul(x, a[3,4])\ng = Reshape(h) {"shape":[2,2,2]}\nt = Transpose(g) {"perm":[0,2,1]}\ns = Add(g, t)`,
      { x: [2, 3] },
    ],
    [
      "an outer product of two activations",
      4,
      `h = MatMul(x, a[3,3])\nk = MatMul(x, b[3,3])\nt = Transpose(h) {"perm":[1,0]}\no = MatMul(t, k)\nf = Reshape(o) {"shape":[1,9]}\ny = MatMul(f, c[9,2])`,
      { x: [2, 3], outputs: ["y"] },
    ],
  ];

test.each(networks)("cut = mask for every plan: %s", (_, atLeast, text, options) => {
  expect(cuts(text, options)).toBeGreaterThanOrEqual(atLeast);
});

// Cut.remap ranks the rows of a grid column by column; see liveAlong in cut.ts.
test("picking rows of a grid whose rows keep different columns picks whole rows", () => {
  const text = `h = MatMul(x, a[3,4])\ng = Reshape(h) {"shape":[2,2,2]}\nr = Take(g) {"axis":1,"index":[1,0]}`;
  expect(cuts(text, { x: [2, 3] })).toBeGreaterThan(0);
});
