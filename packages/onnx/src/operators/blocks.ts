import type { Kit } from "@prune/graph";
import type { Dim, Labelled, Layout, Value } from "@prune/graph/advanced";
import { range, wrap } from "@prune/graph/rules";
import { has, int, type OnnxNode, type OnnxRule } from "./node.js";

/**
 * Weights packed several to a byte, in blocks of positions that share a scale and a zero point: positions of a block
 * leave together, so that what stays keeps its bits.
 */
interface Blocks {
  /** One name for each block. */
  readonly names: Layout;
  /** The positions that the blocks hold, each named like its block. */
  readonly positions: Layout;
}

/** Blocks of an axis; those whose zero points share a byte leave together too. */
function blocksOf(kit: Kit, size: number, block: number, together: number): Blocks {
  const n = Math.ceil(size / block);
  const groups = kit.fresh([Math.ceil(n / together)], [0]);
  const names = repeated(kit, groups, n, together);
  return { names, positions: repeated(kit, names, size, block) };
}

const repeated = (kit: Kit, layout: Layout, size: number, times: number): Layout =>
  times === 1
    ? layout
    : kit.take(
        layout,
        0,
        range(size).map((i) => Math.floor(i / times)),
      );

const sizeOf = (kit: Kit, i: number): number =>
  (kit.shape(kit.raw(i) as Value) as number[]).reduce((a, b) => a * b, 1);

const isPacked = (node: OnnxNode, i: number): boolean => node.typeOf(node.inputs[i] ?? "") === "uint8";

/** How many zero points share a byte. */
const pointsInByte = (node: OnnxNode, i: number, bits: number): number =>
  has(node, i) && isPacked(node, i) ? 8 / bits : 1;

/** Scales or zero points by row and block: selected by the names of rows, and of the blocks in each place. */
function selectByBlock(
  kit: Kit,
  i: number,
  rows: number,
  [names, per]: readonly [Layout, number],
  row?: Layout,
): void {
  const places = sizeOf(kit, i) / rows;
  if (row) kit.select(i, [rows, places], [0], row, "value", true);
  if (places < 2) return;
  const first = range(places).map((p) => p * per);
  kit.select(i, [rows, places], [1], per === 1 ? names : kit.take(names, 0, first), "value", true);
}

/** [.., K] by [N, blocks of K]: outputs leave one by one, inputs by whole blocks. */
export const matMulNBits: OnnxRule = (node, kit) => {
  const x = kit.layout(0);
  const last = x.rank - 1;
  const [n, k, bits, block] = [
    int(node, "N", 0),
    int(node, "K", 0),
    int(node, "bits", 4),
    int(node, "block_size", 32),
  ];
  const count = Math.ceil(k / block);
  const stored = kit.raw(1);
  if (!stored?.parameter || has(node, 4) || sizeOf(kit, 1) % (n * count) !== 0 || !Number.isInteger(8 / bits))
    return kit.opaque("packed weights that are not stored as they are used");
  const per = pointsInByte(node, 3, bits);
  const columns = kit.fresh([n], [0]);
  const rows = blocksOf(kit, k, block, per);
  const view = [n, count, sizeOf(kit, 1) / (n * count)];
  kit.select(1, view, [0], columns, "out");
  if (count > 1) kit.select(1, view, [1], rows.names, "in");
  selectByBlock(kit, 2, n, [rows.names, 1], columns);
  if (has(node, 3)) {
    const padded = sizeOf(kit, 3) === n * Math.ceil(count / per);
    if (padded) selectByBlock(kit, 3, n, [rows.names, per], columns);
    else {
      kit.pin(columns, [0], "zero points share bytes", "quantised");
      kit.pin(rows.names, [0], "zero points share bytes", "quantised");
    }
  }
  if (has(node, 5)) kit.select(5, [n], [0], columns, "value", true);
  kit.patch((cut) => ({
    attributes: { N: cut.shape(columns)[0] as number, K: cut.shape(rows.positions)[0] as number },
  }));
  const labels = range(x.rank).map((d) => `d${d}`);
  const contracted: Labelled = [x, labels.map((label, d) => (d === last ? "k" : label))];
  const y = kit.meet(
    [contracted, [rows.positions, ["k"]], [columns, ["n"]]],
    [...labels.slice(0, last), "n"],
  );
  return y;
};

/** Rows of a table [V, blocks of D], looked up. */
export const gatherBlocks: OnnxRule = (node, kit) => {
  const shape = kit.shape(kit.raw(0) as Value) as number[];
  const [bits, block] = [int(node, "bits", 4), int(node, "block_size", 128)];
  const [rows = 0, width = 0] = shape;
  const wide = isPacked(node, 0) ? (width * 8) / bits : width;
  const plain =
    shape.length === 2 &&
    int(node, "gather_axis", 0) === 0 &&
    wrap(int(node, "quantize_axis", 1), 2) === 1 &&
    wide % block === 0 &&
    kit.raw(0)?.parameter;
  kit.pin(kit.layout(1), undefined, "positions to look up", "data");
  const to = [...kit.shape(1), wide];
  if (!plain) {
    kit.opaque("a packed table that is not stored in rows of whole blocks");
    return kit.fixed(to);
  }
  const count = wide / block;
  const per = pointsInByte(node, 3, bits);
  const made = blocksOf(kit, wide, block, per);
  if (count > 1) kit.select(0, [rows, count, width / count], [1], made.names, "out");
  selectByBlock(kit, 2, rows, [made.names, 1]);
  if (has(node, 3)) selectByBlock(kit, 3, rows, [made.names, per]);
  const lead = kit.shape(1);
  return lead.reduce<Layout>(
    (y, size, d) => kit.resize(y, d, size as Dim),
    kit.redim(made.positions, [...lead.map(() => -1), 0]),
  );
};
