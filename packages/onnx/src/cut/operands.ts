import type { Cut, Finding, Trace } from "@prune/graph";
import { type Dim, type NodePatch, type Reshaped, ratio } from "@prune/graph/advanced";
import { OnnxError } from "../errors.js";
import type { AttributeValue } from "../model.js";
import type { OnnxNode } from "../operators/node.js";
import type { OnnxSource } from "../trace/source.js";
import type { Draft } from "./draft.js";

const int64 = 7;
const bool = 9;

/**
 * Sizes read at run time keep meaning the original's: a Shape of a cut tensor gives the original sizes, so that
 * arithmetic on them (a scale 1/sqrt(d), say) does not change; operands that are shapes are then rewritten.
 */
export function keepShapes(source: OnnxSource, trace: Trace, cut: Cut, draft: Draft): void {
  for (const node of source.nodes) {
    if (node.op !== "Shape" && node.op !== "Size") continue;
    const input = node.inputs[0] ?? "";
    const output = node.outputs[0] ?? "";
    const data = trace.tensor(output)?.data;
    if (!cut.changed(input)) continue;
    if (!data)
      throw new OnnxError("inconsistent-cut", {
        tensor: output,
        what: "a size of a cut tensor is used but not known",
      });
    rewrite(draft, node, output, data, node.op === "Size");
  }
}

/** Puts known elements in place of a run-time tensor's; the node's other elements stay computed. */
function rewrite(draft: Draft, node: OnnxNode, output: string, sizes: readonly Dim[], scalar: boolean): void {
  const shape = scalar ? [] : [sizes.length];
  if (sizes.every((d) => typeof d === "number")) {
    const name = draft.integers(`${output}_original`, int64, sizes as number[], shape);
    draft.edit(node.index, { op: "Identity", inputs: [name], attributes: clear(node) });
    return;
  }
  if (scalar)
    throw new OnnxError("inconsistent-cut", {
      tensor: output,
      what: "a run-time size of a cut tensor is used",
    });
  const raw = draft.unused(`${output}_now`);
  const [isKnown, values] = knownParts(draft, output, "original", sizes);
  draft.inserted.push({
    before: node.index,
    node: {
      name: raw,
      op: node.op,
      domain: node.domain,
      inputs: node.inputs,
      outputs: [raw],
      attributes: attributesOf(node),
    },
  });
  draft.edit(node.index, { op: "Where", inputs: [isKnown, values, raw], attributes: clear(node) });
}

const clear = (node: OnnxNode): Map<string, null> =>
  new Map([...node.attributes.keys()].map((name) => [name, null]));

function attributesOf(node: OnnxNode): Map<string, AttributeValue> {
  const kept = new Map<string, AttributeValue>();
  for (const [name, attribute] of node.attributes)
    if (attribute.kind === "int" || attribute.kind === "ints") kept.set(name, attribute.value);
  return kept;
}

/** Rewrites attributes and integer operands as the rules say; what stands against it comes back, and nothing is rewritten. */
export function patchNodes(source: OnnxSource, trace: Trace, cut: Cut, draft: Draft): readonly Finding[] {
  const { patches, findings } = trace.patches(cut);
  if (findings.length > 0) return findings;
  for (const { node, patch } of patches) apply(source, trace, draft, source.nodes[node] as OnnxNode, patch);
  return [];
}

function apply(source: OnnxSource, trace: Trace, draft: Draft, node: OnnxNode, patch: NodePatch): void {
  if (patch.gather) {
    const index = draft.integers(`${node.outputs[0]}_index`, int64, patch.gather.index);
    const inputs = [patch.gather.of ?? draft.inputs(node.index)[0] ?? "", index];
    draft.edit(node.index, {
      op: "Gather",
      domain: "",
      inputs,
      attributes: new Map([...clear(node), ["axis", patch.gather.axis]]),
    });
    return;
  }
  if (patch.attributes) draft.edit(node.index, { attributes: new Map(Object.entries(patch.attributes)) });
  for (const [input, want] of Object.entries(patch.inputs ?? {})) {
    const { values, shape } = isList(want) ? { values: want, shape: undefined } : want;
    operand(source, trace, draft, node, Number(input), values, shape as readonly number[] | undefined);
  }
}

const isList = (want: readonly Dim[] | Reshaped): want is readonly Dim[] => Array.isArray(want);

function operand(
  source: OnnxSource,
  trace: Trace,
  draft: Draft,
  node: OnnxNode,
  i: number,
  want: readonly Dim[],
  stated: readonly number[] | undefined,
): void {
  const name = node.inputs[i] ?? "";
  const have = trace.tensor(name)?.data;
  if (have && have.length === want.length && have.every((d, k) => d === want[k])) return;
  const elementType = source.weight(name)?.elementType ?? int64;
  const base = `${node.outputs[0]}_operand${i}`;
  if (want.every((d) => typeof d === "number")) {
    const shape = stated ?? (trace.tensor(name)?.layout?.rank === 0 ? [] : [want.length]);
    draft.setInput(node.index, i, draft.integers(base, elementType, want as number[], shape));
    return;
  }
  if (!have || have.length !== want.length)
    throw new OnnxError("inconsistent-cut", { tensor: name, what: "a run-time operand changes its length" });
  draft.setInput(node.index, i, mixed(draft, node, base, draft.inputs(node.index)[i] as string, have, want));
}

/** Constant where known, scaled where a run-time size shrinks by a known ratio, else as computed at run time. */
function mixed(
  draft: Draft,
  node: OnnxNode,
  base: string,
  now: string,
  have: readonly Dim[],
  want: readonly Dim[],
): string {
  const emit = (op: string, inputs: readonly string[], suffix: string): string => {
    const output = draft.unused(`${base}_${suffix}`);
    draft.inserted.push({
      before: node.index,
      node: { name: output, op, domain: "", inputs, outputs: [output], attributes: new Map() },
    });
    return output;
  };
  const ratios = want.map((d, k) => (typeof d === "number" ? ([1, 1] as const) : ratio(d, have[k] as Dim)));
  if (ratios.includes(undefined))
    throw new OnnxError("inconsistent-cut", { tensor: now, what: "a run-time size can't be rewritten" });
  let current = now;
  if (ratios.some((r) => r && r[0] !== r[1])) {
    const times = draft.integers(
      `${base}_times`,
      int64,
      ratios.map((r) => (r as readonly [number, number])[0]),
    );
    const over = draft.integers(
      `${base}_over`,
      int64,
      ratios.map((r) => (r as readonly [number, number])[1]),
    );
    current = emit("Div", [emit("Mul", [now, times], "multiplied"), over], "scaled");
  }
  if (!want.some((d) => typeof d === "number")) return current;
  return emit("Where", [...knownParts(draft, base, "values", want), current], "new");
}

/** Which elements are known and what they are (0 elsewhere), as the first two operands of a Where. */
function knownParts(draft: Draft, base: string, suffix: string, sizes: readonly Dim[]): [string, string] {
  const isKnown = sizes.map((d) => Number(typeof d === "number"));
  const values = sizes.map((d) => (typeof d === "number" ? d : 0));
  return [draft.integers(`${base}_known`, bool, isKnown), draft.integers(`${base}_${suffix}`, int64, values)];
}
