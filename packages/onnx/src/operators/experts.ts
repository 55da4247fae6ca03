import type { Kit } from "@prune/graph";
import type { Layout, Value } from "@prune/graph/advanced";
import { range, says } from "@prune/graph/rules";
import type { Masker } from "../mask/masking.js";
import { has, int, type OnnxNode, type OnnxRule } from "./node.js";
import { bare, domain, type Macs, type OperatorTable } from "./record.js";

/** Inputs of one of the matrices that every expert has. */
interface Matrix {
  readonly weight: number;
  readonly bias: number;
  readonly scales?: number;
  readonly points?: number;
}

/** A mixture's matrices: into the hidden units, out of them, and the one whose products gate the first. */
interface Mixture {
  readonly into: Matrix;
  readonly out: Matrix;
  readonly gate: Matrix;
}

const plain: Mixture = {
  into: { weight: 2, bias: 3 },
  out: { weight: 4, bias: 5 },
  gate: { weight: 6, bias: 7 },
};

const packed: Mixture = {
  into: { weight: 2, scales: 3, bias: 4, points: 11 },
  out: { weight: 5, scales: 6, bias: 7, points: 12 },
  gate: { weight: 8, scales: 9, bias: 10, points: 13 },
};

/** What an expert's matrices are over, in units that can leave: bytes and blocks hold several positions. */
interface Sizes {
  readonly experts: number;
  readonly width: number;
  readonly hidden: number;
  /** Rows of the first matrix for each hidden unit: two where it holds the gate as well. */
  readonly fused: number;
  /** Positions of the width and hidden units that share a byte, or scales and a byte of zero points. */
  readonly together: readonly [width: number, hidden: number];
  /** Positions in one stored element; matrices lie [expert, inputs, outputs] where `turned`. */
  readonly pack: number;
  readonly turned: boolean;
}

const shapeOf = (kit: Kit, i: number): readonly number[] | undefined => {
  const value = kit.raw(i);
  return value?.layout && (kit.shape(value) as number[]);
};

/** Undefined where the stored matrices are of no form that is known. */
function sizesOf(node: OnnxNode, kit: Kit, at: Mixture): Sizes | undefined {
  const width = kit.shape(0).at(-1);
  const [a, b] = [shapeOf(kit, at.into.weight), shapeOf(kit, at.out.weight)];
  if (typeof width !== "number" || a?.length !== 3 || b?.length !== 3) return undefined;
  const isPacked = at.into.scales !== undefined;
  const bits = isPacked ? int(node, "expert_weight_bits", 4) : 8;
  const pack = isPacked ? 8 / bits : 1;
  const block = isPacked ? int(node, "block_size", 0) : 0;
  const experts = a[0] as number;
  // Before onnxruntime 1.23 matrices lay [expert, inputs, outputs].
  const turned = !isPacked && b[1] !== width && b[2] === width;
  const [rows, columns] = (turned ? [a[2], a[1]] : [a[1], a[2]]) as [number, number];
  const hidden = (turned ? b[1] : (b[2] as number) * pack) as number;
  const fused = rows / hidden;
  const fits = columns * pack === width && (turned ? b[2] : b[1]) === width && b[0] === experts && fused <= 2;
  if (!fits || !Number.isInteger(fused) || !Number.isInteger(pack)) return undefined;
  const points = [at.into, at.out, at.gate].some((m) => m.points !== undefined && has(node, m.points));
  if (points && block === 0) return undefined;
  const span = (size: number): number => {
    const step = block > 0 ? block * (points ? pack : 1) : pack;
    return size % step === 0 ? step : size;
  };
  return { experts, width, hidden, fused, together: [span(width), span(hidden)], pack, turned };
}

const repeated = (kit: Kit, layout: Layout, times: number): Layout =>
  times === 1
    ? layout
    : kit.take(
        layout,
        0,
        range((kit.shape(layout)[0] as number) * times).map((i) => Math.floor(i / times)),
      );

/**
 * Experts that a router chooses among, each a network of two layers: an expert leaves with its place among the router's
 * scores; hidden units leave from every expert, as many from each.
 */
const mixture =
  (at: Mixture): OnnxRule =>
  (node, kit) => {
    const [x, router] = [kit.layout(0), kit.layout(1)];
    const stored = [at.into.weight, at.out.weight, ...(has(node, at.gate.weight) ? [at.gate.weight] : [])];
    const sizes = sizesOf(node, kit, at);
    if (!sizes || stored.some((i) => !kit.raw(i)?.parameter))
      return kit.opaque("experts that are not stored as they are used");
    const { experts, width, hidden, together } = sizes;
    const [wide, deep] = together;
    const [inputs, outputs] = [0, 1].map(() => kit.fresh([width / wide], [0])) as [Layout, Layout];
    const grid = kit.grid(kit.fresh([(experts * hidden) / deep], [0]), 0, experts);
    if (!grid) return kit.opaque("experts that are not stored as they are used");
    const { cells, rows } = grid;
    const lead = range(x.rank - 1).map((d) => `d${d}`);
    kit.pin(router, range(router.rank - 1), "tokens that are routed", "sequence");
    // Something is summed over while the experts stay apart: they are rows, like heads.
    const summed = kit.fresh([2], [0]);
    kit.meet(
      [
        [rows, ["e", ""]],
        [router, [...range(router.rank - 1).map(() => ""), "e"]],
        [summed, ["k"]],
        [summed, ["k"]],
      ],
      ["e"],
    );
    const lone = kit.redim(rows, [0]);
    const units = { experts: lone, cells };
    into(node, kit, at.into, sizes, units, inputs, sizes.fused);
    if (has(node, at.gate.weight)) into(node, kit, at.gate, sizes, units, inputs, 1);
    outOf(node, kit, at.out, sizes, units, outputs);
    const blocks = blocksOf(node, kit, at, sizes);
    kit.patch((cut) => {
      if (blocks > 1 && (blocks / (width / wide)) * (cut.shape(inputs)[0] as number) < 2)
        cut.refuse({
          kind: "empty",
          text: "kernels take the scales of a single block as those of rows",
          tensor: node.inputs[at.into.weight],
          ids: Int32Array.from(inputs.blocks.flatMap(({ ids }) => [...ids])),
        });
      const k = Math.min(int(node, "k", 1), cut.shape(lone)[0] as number);
      return k === int(node, "k", 1) ? undefined : { attributes: { k } };
    });
    return kit.meet(
      [
        [x, [...lead, "k"]],
        [repeated(kit, inputs, wide), ["k"]],
        [repeated(kit, outputs, wide), ["n"]],
      ],
      [...lead, "n"],
    );
  };

/** Blocks of a row of the first matrix. */
const blocksOf = (node: OnnxNode, kit: Kit, { into }: Mixture, { experts, hidden, fused }: Sizes): number =>
  into.scales !== undefined && has(node, into.scales)
    ? total(kit, into.scales) / (experts * hidden * fused)
    : 1;

interface Units {
  readonly experts: Layout;
  /** [experts, hidden units]. */
  readonly cells: Layout;
}

/** The matrix that makes hidden units, and what lies beside its rows. */
function into(
  node: OnnxNode,
  kit: Kit,
  at: Matrix,
  { experts, width, hidden, together, turned }: Sizes,
  { cells }: Units,
  inputs: Layout,
  fused: number,
): void {
  const [wide, deep] = together;
  const isApart = fused > 1 && int(node, "swiglu_fusion", 0) === 2;
  // Rows of the gate and of what it gates take turns, or all of one come first.
  const rows = isApart ? [fused, hidden / deep, deep] : [1, hidden / deep, deep * fused];
  const columns = [width / wide, total(kit, at.weight) / (experts * hidden * fused) / (width / wide)];
  if (turned) {
    kit.select(at.weight, [experts, ...columns, ...rows], [0, 4], cells, "out");
    kit.select(at.weight, [experts, ...columns, ...rows], [1], inputs, "in");
  } else {
    kit.select(at.weight, [experts, ...rows, ...columns], [0, 2], cells, "out");
    kit.select(at.weight, [experts, ...rows, ...columns], [4], inputs, "in");
  }
  if (has(node, at.bias)) kit.select(at.bias, [experts, ...rows], [0, 2], cells, "value", true);
  for (const i of [at.scales, at.points]) {
    if (i === undefined || !has(node, i)) continue;
    const each = total(kit, i) / (experts * hidden * fused);
    kit.select(i, [experts, ...rows, each], [0, 2], cells, "value", true);
    if (each > 1) byBlock(kit, i, [[experts, ...rows], each], inputs);
  }
}

/** The matrix that reads them. */
function outOf(
  node: OnnxNode,
  kit: Kit,
  at: Matrix,
  { experts, width, hidden, together, turned }: Sizes,
  { experts: rows, cells }: Units,
  outputs: Layout,
): void {
  const [wide, deep] = together;
  const inner = [hidden / deep, total(kit, at.weight) / (experts * width) / (hidden / deep)];
  const outer = [width / wide, wide];
  if (turned) {
    kit.select(at.weight, [experts, ...inner, ...outer], [0, 1], cells, "in");
    kit.select(at.weight, [experts, ...inner, ...outer], [3], outputs, "out");
  } else {
    kit.select(at.weight, [experts, ...outer, ...inner], [0, 3], cells, "in");
    kit.select(at.weight, [experts, ...outer, ...inner], [1], outputs, "out");
  }
  const beside = [at.bias, at.scales, at.points].filter((i) => i !== undefined && has(node, i)) as number[];
  for (const i of beside) {
    const each = total(kit, i) / (experts * width);
    const view = [experts, ...outer, each];
    kit.select(i, view, [1], outputs, "value", true);
    const places = each / (hidden / deep);
    if (each > 1 && places >= 1)
      kit.select(i, [experts, ...outer, hidden / deep, places], [0, 3], cells, "value", true);
    else kit.select(i, view, [0], rows, "value", true);
  }
}

/** Scales by block: as many to each unit of the width. */
function byBlock(
  kit: Kit,
  i: number,
  [rows, each]: readonly [readonly number[], number],
  inputs: Layout,
): void {
  const n = kit.shape(inputs)[0] as number;
  if (n > 1) kit.select(i, [...rows, n, each / n], [rows.length], inputs, "value", true);
}

const total = (kit: Kit, i: number): number =>
  (kit.shape(kit.raw(i) as Value) as number[]).reduce((a, b) => a * b, 1);

/** Dead experts are never chosen; dead hidden units are zero, as every activation here keeps zero. */
const masked =
  ({ into, gate }: Mixture): Masker =>
  (node, masking) => {
    masking.gate(node, 0);
    masking.gate(node, 1, Number.NEGATIVE_INFINITY);
    for (const { weight, scales, bias } of [into, gate])
      for (const i of [scales ?? weight, bias]) if (has(node, i)) masking.gate(node, i);
  };

/** Every token goes through as many experts as are chosen. */
const mixtureMacs =
  (at: Mixture): Macs =>
  ({ input, output }, node) => {
    const count = (i: number): number => (has(node, i) ? input(i).reduce((a, b) => a * b, 1) : 0);
    const isPacked = at.into.scales !== undefined;
    const pack = isPacked ? 8 / int(node, "expert_weight_bits", 4) : 1;
    const all = [at.into, at.out, at.gate].reduce((sum, { weight }) => sum + count(weight) * pack, 0);
    const experts = input(at.into.weight)[0] ?? 1;
    const tokens = output(0)
      .slice(0, -1)
      .reduce((a, b) => a * b, 1);
    return (tokens * all * Math.min(int(node, "k", 1), experts)) / experts;
  };

const routes = says(
  "experts as rows, with their places among the router's scores; hidden units inside experts, as many of each; inputs and outputs of all experts; packed: positions of a byte or a block with each other, their scales and zero points",
  "tokens; all of it where weights are not stored as they are used",
);

/** Mixtures of experts in one operator. */
export const expertOperators: OperatorTable = domain("com.microsoft", {
  MoE: {
    ...bare,
    rule: mixture(plain),
    support: routes,
    mask: masked(plain),
    macs: mixtureMacs(plain),
    matrix: 2,
    decides: [0, 1],
  },
  QMoE: {
    ...bare,
    rule: mixture(packed),
    support: routes,
    mask: masked(packed),
    macs: mixtureMacs(packed),
    matrix: 2,
    decides: [0, 1],
    centred: { inputs: [2, 5, 8], bits: "expert_weight_bits" },
  },
});
