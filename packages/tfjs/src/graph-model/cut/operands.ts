import type { Cut, Finding, Trace } from "@prune/graph";
import { type Dim, type NodePatch, type Reshaped, ratio } from "@prune/graph/advanced";
import { TfjsError } from "../../errors.js";
import type { TfAttribute } from "../../model.js";
import type { TfNode } from "../node.js";
import type { GraphModelSource } from "../source.js";
import type { Draft } from "./draft.js";

const int32 = { T: { type: "DT_INT32" } } as const;

/**
 * Sizes read at run time keep meaning the original's: a Shape of a cut tensor gives the original sizes, so that
 * arithmetic on them (a scale 1/sqrt(d), say) does not change; operands that are shapes are then rewritten.
 */
export function keepShapes(source: GraphModelSource, trace: Trace, cut: Cut, draft: Draft): void {
  for (const node of source.nodes) {
    if (node.op !== "Shape" && node.op !== "ShapeN" && node.op !== "Size") continue;
    const input = node.inputs.find((name) => cut.changed(name));
    if (input === undefined) continue;
    const data = trace.tensor(node.name)?.data;
    if (node.op === "ShapeN" || !data)
      throw new TfjsError("inconsistent-cut", { tensor: input, what: "a size of it is used but not known" });
    const scalar = node.op === "Size";
    if (!data.every((d) => typeof d === "number")) {
      if (scalar)
        throw new TfjsError("inconsistent-cut", { tensor: input, what: "a run-time size of it is used" });
      const now = draft.add({ ...draft.node(node.name), name: `${node.name}_now` });
      choose(draft, node.name, data, now);
      continue;
    }
    const name = draft.integers(`${node.name}_original`, data as number[], scalar ? [] : [data.length]);
    draft.edit(node.name, { op: "Identity", input: [name], attr: int32 });
  }
}

/** Turns a node into one that gives the known elements and takes the others from a tensor. */
function choose(draft: Draft, name: string, data: readonly Dim[], now: string): void {
  const known = draft.booleans(
    `${name}_is_known`,
    data.map((d) => typeof d === "number"),
  );
  const values = draft.integers(
    `${name}_known`,
    data.map((d) => (typeof d === "number" ? d : 0)),
  );
  draft.edit(name, { op: "SelectV2", input: [known, values, now], attr: int32 });
}

/** Rewrites attributes and integer operands as the rules say; what stands against it comes back, and nothing is rewritten. */
export function patchNodes(
  source: GraphModelSource,
  trace: Trace,
  cut: Cut,
  draft: Draft,
): readonly Finding[] {
  const { patches, findings } = trace.patches(cut);
  if (findings.length > 0) return findings;
  for (const { node, patch } of patches) apply(trace, draft, source.nodes[node] as TfNode, patch);
  for (const node of source.nodes) if (node.op === "Split") unequalSplit(cut, draft, node);
  return [];
}

function apply(trace: Trace, draft: Draft, node: TfNode, patch: NodePatch): void {
  if (patch.gather) {
    const index = draft.integers(`${node.name}_index`, patch.gather.index);
    const axis = draft.integers(`${node.name}_axis`, [patch.gather.axis], []);
    const from = patch.gather.of ?? (draft.node(node.name).input?.[0] as string);
    const input = [from, index, axis];
    const types = { Tindices: { type: "DT_INT32" }, Taxis: { type: "DT_INT32" } };
    const tparams = draft.node(node.name).attr?.T;
    draft.edit(node.name, {
      op: "GatherV2",
      input,
      attr: { ...types, ...(tparams ? { Tparams: tparams } : {}) },
    });
    return;
  }
  const attributes = Object.entries(patch.attributes ?? {}).map(
    ([name, value]) => [name, attributeOf(value)] as const,
  );
  if (attributes.length > 0) draft.setAttributes(node.name, Object.fromEntries(attributes));
  for (const [input, want] of Object.entries(patch.inputs ?? {})) {
    const { values, shape } = isList(want) ? { values: want, shape: undefined } : want;
    operand(trace, draft, node, Number(input), values, shape as readonly number[] | undefined);
  }
}

function attributeOf(value: number | readonly number[] | { readonly float: number } | null): TfAttribute {
  if (value === null) return {};
  if (typeof value === "number") return { i: String(value) };
  return "float" in value ? { f: value.float } : { list: { i: value.map(String) } };
}

const isList = (want: readonly Dim[] | Reshaped): want is readonly Dim[] => Array.isArray(want);

function operand(
  trace: Trace,
  draft: Draft,
  node: TfNode,
  i: number,
  want: readonly Dim[],
  stated: readonly number[] | undefined,
): void {
  const name = node.inputs[i] ?? "";
  const value = trace.tensor(name);
  const have = value?.data;
  if (have && have.length === want.length && have.every((d, k) => d === want[k])) return;
  const base = `${node.name}_operand${i}`;
  if (want.every((d) => typeof d === "number")) {
    const shape = stated ?? (value?.layout?.rank === 0 ? [] : [want.length]);
    draft.setInput(node.name, i, draft.integers(base, want as number[], shape));
    return;
  }
  if (!have || have.length !== want.length)
    throw new TfjsError("inconsistent-cut", { tensor: name, what: "a run-time operand changes its length" });
  draft.setInput(node.name, i, mixed(draft, base, name, have, want));
}

/** Constant where known, scaled where a run-time size shrinks by a known ratio, else as computed at run time. */
function mixed(draft: Draft, base: string, name: string, have: readonly Dim[], want: readonly Dim[]): string {
  const ratios = want.map((d, k) => (typeof d === "number" ? ([1, 1] as const) : ratio(d, have[k] as Dim)));
  if (ratios.includes(undefined))
    throw new TfjsError("inconsistent-cut", { tensor: name, what: "a run-time size can't be rewritten" });
  let now = name;
  if (ratios.some((r) => r && r[0] !== r[1])) {
    const part = (k: 0 | 1, suffix: string): string =>
      draft.integers(
        `${base}_${suffix}`,
        ratios.map((r) => (r as readonly [number, number])[k]),
      );
    now = draft.add({ name: `${base}_multiplied`, op: "Mul", input: [now, part(0, "times")], attr: int32 });
    now = draft.add({ name: `${base}_scaled`, op: "FloorDiv", input: [now, part(1, "over")], attr: int32 });
  }
  if (!want.some((d) => typeof d === "number")) return now;
  const chosen = draft.add({ name: base, op: "SelectV2" });
  choose(draft, chosen, want, now);
  return chosen;
}

/** Split makes equal parts: where they differ after the cut it becomes SplitV, with sizes. */
function unequalSplit(cut: Cut, draft: Draft, node: TfNode): void {
  if (!cut.changed(node.inputs[1] as string)) return;
  const shapes = node.outputs.map((name) => cut.shape(name));
  const axis = shapes[0]?.findIndex((_, d) => new Set(shapes.map((shape) => shape[d])).size > 1) ?? -1;
  if (axis < 0) return;
  const sizes = shapes.map((shape) => shape[axis] as Dim);
  if (!sizes.every((size) => typeof size === "number"))
    throw new TfjsError("inconsistent-cut", {
      tensor: node.name,
      what: "parts of a run-time size come to differ",
    });
  const [split, value] = draft.node(node.name).input as [string, string];
  const list = draft.integers(`${node.name}_sizes`, sizes as number[]);
  draft.edit(node.name, { op: "SplitV", input: [value, list, split] });
  draft.setAttributes(node.name, { Tlen: { type: "DT_INT32" } });
}
