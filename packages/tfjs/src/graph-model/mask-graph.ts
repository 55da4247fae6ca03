import { type Cut, ownEntry, type Trace } from "@prune/graph";
import { range, wrap } from "@prune/graph/rules";
import { excess, type Live, liveCells } from "../mask/live.js";
import type { GraphModel } from "../model.js";
import { createDraft, type Draft } from "./cut/draft.js";
import { recomputed } from "./cut/recomputed.js";
import { flag, type TfNode } from "./node.js";
import { findCentred } from "./norms/centred.js";
import type { Norms } from "./norms/compensate.js";
import type { GraphModelSource } from "./source.js";

/**
 * The original model with everything that a cut removes masked: the other side of the law `cut = mask`. Shapes stay;
 * before an operator mixes positions, dead cells become what it ignores; means are of the living, or of all with what
 * is dead as zero. Where constants are computed from what is removed, that is zero. It knows which names live and how
 * tensors are named, but nothing of how the cut is made.
 */
export function maskGraph(
  model: GraphModel,
  source: GraphModelSource,
  trace: Trace,
  cut: Pick<Cut, "living">,
  norms: Norms = "live",
): GraphModel {
  const draft = createDraft(model);
  const masking: Masking = {
    draft,
    trace,
    isConstant: (name) => source.isConstant(name),
    live: (name) => liveCells(trace.tensors.get(name)?.layout, cut),
    gated: new Map(),
  };
  for (const [tensor, { shape, data }] of recomputed(source, trace, cut).zeroed) {
    const bytes = new Uint8Array(Float32Array.from(data as ArrayLike<number>).buffer);
    const zeroed = draft.constant(`zeroed_${tensor}`, { shape, dtype: "float32" }, bytes);
    for (const node of source.nodes)
      node.inputs.forEach((name, i) => {
        if (name === tensor) draft.setInput(node.name, i, zeroed);
      });
  }
  const centredOf = findCentred(source.nodes);
  for (const node of source.nodes)
    if (norms === "masked" && node.op === "Mean") {
      // Around its mean what is dead isn't zero, and counts as it is.
      const centred = centredOf(node);
      if (centred) gate(centred.difference, centred.input, masking);
      else gate(node, 0, masking);
    } else ownEntry(maskers, node.op)?.(node, masking);
  return draft.finish();
}

interface Masking {
  readonly draft: Draft;
  readonly trace: Trace;
  readonly gated: Map<string, string>;
  isConstant(name: string): boolean;
  live(name: string): Live | undefined;
}

type Masker = (node: TfNode, masking: Masking) => void;

/** Makes a node read its input with dead cells filled; living cells stay bit for bit. */
function gate(node: TfNode, i: number, masking: Masking, fill = 0): void {
  const { draft, gated, live } = masking;
  const name = node.inputs[i] ?? "";
  const cells = masking.isConstant(name) ? undefined : live(name);
  if (!cells) return;
  const key = `${name} ${fill}`;
  if (!gated.has(key)) {
    const bytes = cells.values.slice();
    const condition = draft.constant(`mask_of_${name}`, { shape: cells.shape, dtype: "bool" }, bytes);
    const empty = draft.constant(`fill_of_${name}`, { shape: [], dtype: "float32" }, float(fill));
    const attr = { T: { type: "DT_FLOAT" } };
    gated.set(
      key,
      draft.add({
        name: `masked_${name.replaceAll(":", "_")}`,
        op: "SelectV2",
        input: [condition, name, empty],
        attr,
      }),
    );
  }
  draft.setInput(node.name, i, gated.get(key) as string);
}

const float = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

/** Gates the activations that a node multiplies and sums. */
const contracts =
  (...operands: readonly number[]): Masker =>
  (node, masking) => {
    for (const i of operands.length > 0 ? operands : node.inputs.keys()) gate(node, i, masking);
  };

const reduces =
  (fill: number): Masker =>
  (node, masking) =>
    gate(node, 0, masking, fill);

/** A mean over the living: of all, dead ones being zero, times how many more there are. */
const mean: Masker = (node, masking) => {
  const { draft, trace } = masking;
  const cells = masking.live(node.inputs[0] ?? "");
  const axes = trace.tensor(node.inputs[1])?.data;
  if (!cells || !axes) return;
  const dims = axes.map((d) => wrap(d as number, cells.shape.length));
  gate(node, 0, masking);
  const times = excess(cells, dims);
  const shape = flag(node, "keep_dims")
    ? times.shape
    : range(times.shape.length)
        .filter((d) => !dims.includes(d))
        .map((d) => times.shape[d] as number);
  const all = draft.add({ ...draft.node(node.name), name: `${node.name}_of_all` });
  const ratio = draft.constant(
    `${node.name}_excess`,
    { shape, dtype: "float32" },
    new Uint8Array(times.values.buffer),
  );
  draft.edit(node.name, { op: "Mul", input: [all, ratio], attr: { T: { type: "DT_FLOAT" } } });
};

/** Operators that mix positions of an axis that may be cut, and how what is dead is kept out. */
const maskers: Readonly<Record<string, Masker>> = {
  Conv1D: contracts(0),
  Conv2D: contracts(0),
  _FusedConv2D: contracts(0),
  Conv3D: contracts(0),
  Conv2DBackpropInput: contracts(2),
  MatMul: contracts(0, 1),
  _FusedMatMul: contracts(0, 1),
  BatchMatMul: contracts(0, 1),
  BatchMatMulV2: contracts(0, 1),
  Einsum: contracts(),
  Sum: reduces(0),
  EuclideanNorm: reduces(0),
  Max: reduces(Number.NEGATIVE_INFINITY),
  Min: reduces(Number.POSITIVE_INFINITY),
  Prod: reduces(1),
  Mean: mean,
};
