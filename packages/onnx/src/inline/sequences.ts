import type { Kit } from "@prune/graph";
import { type Dim, followGraph, type Layout } from "@prune/graph/advanced";
import { wrap } from "@prune/graph/rules";
import { createDraft, type Draft, finish } from "../cut/draft.js";
import type { Model, Node } from "../model.js";
import { has, int, type OnnxNode, type Rules } from "../operators/node.js";
import { implicitInputs } from "../order.js";
import { onnxSource } from "../trace/source.js";
import { concat } from "../write/rope.js";
import { writeModel } from "../write/write-model.js";
import type { Rewritten } from "./functions.js";
import { lenient } from "./lenient.js";

/** The tensors of a sequence whose length no input changes. */
interface Sequence {
  /** Sizes along `axis` of the parts of a split tensor; undefined where nodes made the parts one by one. */
  readonly split:
    | { readonly axis: number; readonly sizes: readonly number[]; readonly squeezed: boolean }
    | undefined;
  readonly parts: readonly (Layout | undefined)[];
}

type Sequences = Map<string, Sequence>;

const int64 = 7;
const opsetOfInputs = 13;

/** Rules that follow sequences, and note what they hold. */
export function sequenceRules(found: Sequences): Rules {
  return {
    SplitToSequence(node, kit) {
      const x = kit.layout(0);
      const axis = wrap(int(node, "axis", 0), x.rank);
      const sizes = sizesOf(node, kit, kit.shape(x)[axis]);
      if (!sizes) return kit.opaque("the number of parts is known only at run time");
      const squeezed = !has(node, 1) && int(node, "keepdims", 1) === 0;
      const dims = Array.from({ length: x.rank }, (_, d) => d).filter((d) => d !== axis);
      const parts = sizes.map((size) =>
        squeezed ? kit.redim(kit.resize(x, axis, 1), dims) : kit.resize(x, axis, size),
      );
      found.set(node.outputs[0] as string, { split: { axis, sizes, squeezed }, parts });
      return { layout: undefined };
    },
    SequenceConstruct(node, kit) {
      found.set(node.outputs[0] as string, {
        split: undefined,
        parts: node.inputs.map((_, i) => kit.raw(i)?.layout),
      });
      return { layout: undefined };
    },
    SequenceAt(node, kit) {
      const parts = found.get(node.inputs[0] as string)?.parts;
      const at = kit.data(1)?.[0];
      return { layout: typeof at === "number" ? parts?.[wrap(at, parts.length)] : undefined };
    },
    SequenceLength(node, kit) {
      const length = found.get(node.inputs[0] as string)?.parts.length;
      return { layout: kit.fixed([]), data: length === undefined ? undefined : [length] };
    },
  };
}

function sizesOf(node: OnnxNode, kit: Kit, whole: Dim | undefined): number[] | undefined {
  const given = has(node, 1) ? kit.data(1) : [1];
  if (!given?.every((size) => typeof size === "number")) return undefined;
  const isList = has(node, 1) && kit.raw(1)?.layout?.rank === 1;
  if (isList) return given as number[];
  const [size = 0] = given as number[];
  if (typeof whole !== "number" || size < 1) return undefined;
  return Array.from({ length: Math.ceil(whole / size) }, (_, i) => Math.min(size, whole - i * size));
}

/** The model with plain tensors in place of sequences whose length is known; undefined where there are none. */
export function inlineSequences(model: Model, rules: Rules): Rewritten | undefined {
  const { graph } = model;
  if (
    !graph.nodes.some(({ op, domain }) => domain === "" && /^(SplitToSequence|SequenceConstruct)$/.test(op))
  )
    return undefined;
  const found: Sequences = new Map();
  const source = onnxSource(model, { ...rules, ...sequenceRules(found) });
  const rule: typeof source.rule = (node) => {
    const standard = source.rule(node);
    return standard && lenient(standard);
  };
  const { tensor: value } = followGraph({ ...source, rule, stated: () => undefined });
  const position = (name: string | undefined): Dim | undefined => value(name)?.data?.[0];
  const isPlain = (node: Node): boolean =>
    /^(ConcatFromSequence|SequenceLength)$/.test(node.op) ||
    (node.op === "SequenceAt" && typeof position(node.inputs[1]) === "number");
  for (const node of graph.nodes) {
    if (!isPlain(node)) for (const name of node.inputs) found.delete(name);
    for (const name of implicitInputs(node)) found.delete(name);
  }
  for (const { name } of graph.outputs) found.delete(name);
  if (found.size === 0) return undefined;

  const draft = createDraft(model);
  const opset = model.opsets.get("") ?? 1;
  const names = new Map<string, readonly string[]>();
  for (const node of graph.nodes) {
    const sequence = found.get(node.outputs[0] ?? "");
    if (sequence) names.set(node.outputs[0] as string, partsOf(draft, node, sequence, opset));
  }
  for (const node of graph.nodes) {
    const parts = names.get(node.inputs[0] ?? "");
    if (parts) read(draft, node, parts, position(node.inputs[1]), opset);
  }
  const edit = finish(draft, new Set(), (name) => !names.has(name));
  return { bytes: concat(writeModel(model, edit)), count: names.size };
}

/** Makes a node give its parts as tensors, and returns their names. */
function partsOf(draft: Draft, node: Node, { split }: Sequence, opset: number): readonly string[] {
  if (!split) {
    draft.nodes.set(node.index, null);
    return node.inputs;
  }
  const { axis, sizes, squeezed } = split;
  const parts = sizes.map((_, i) => draft.unused(`${node.outputs[0]}_${i}`));
  const outputs = squeezed ? parts.map((name) => draft.unused(`${name}_kept`)) : parts;
  const x = node.inputs[0] as string;
  const asInput = opset >= opsetOfInputs;
  draft.edit(node.index, {
    op: "Split",
    inputs: asInput ? [x, draft.integers(`${node.outputs[0]}_sizes`, int64, sizes)] : [x],
    outputs,
    attributes: new Map<string, number | readonly number[] | null>([
      ["keepdims", null],
      ["axis", axis],
      ...(asInput ? [] : [["split", sizes] as const]),
    ]),
  });
  if (squeezed)
    parts.forEach((name, i) => {
      reshaped(draft, "Squeeze", [outputs[i] as string, name], axis, node.index + 1, opset);
    });
  return parts;
}

/** Makes a node read parts in place of their sequence. */
function read(draft: Draft, node: Node, parts: readonly string[], at: Dim | undefined, opset: number): void {
  const copy = (from: string): void => draft.edit(node.index, { op: "Identity", inputs: [from] });
  if (node.op === "SequenceAt") {
    copy(parts[wrap(at as number, parts.length)] as string);
    return;
  }
  if (node.op === "SequenceLength") {
    copy(draft.integers(`${node.outputs[0]}_known`, int64, [parts.length], []));
    return;
  }
  const axis = node.attributes.get("axis");
  const isNew = node.attributes.get("new_axis")?.value === 1;
  const inputs = isNew
    ? parts.map((name) => {
        const raised = draft.unused(`${name}_raised`);
        reshaped(
          draft,
          "Unsqueeze",
          [name, raised],
          axis?.kind === "int" ? axis.value : 0,
          node.index,
          opset,
        );
        return raised;
      })
    : parts;
  draft.edit(node.index, { op: "Concat", inputs, attributes: new Map([["new_axis", null]]) });
}

function reshaped(
  draft: Draft,
  op: "Squeeze" | "Unsqueeze",
  [from, to]: readonly [string, string],
  axis: number,
  before: number,
  opset: number,
): void {
  const asInput = opset >= opsetOfInputs;
  const inputs = asInput ? [from, draft.integers(`${to}_axis`, int64, [axis])] : [from];
  const attributes = new Map(asInput ? [] : [["axes", [axis]] as const]);
  draft.inserted.push({ before, node: { name: to, op, domain: "", inputs, outputs: [to], attributes } });
}
