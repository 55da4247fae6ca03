import type { Trace } from "@prune/graph";
import type { Parameter } from "@prune/graph/advanced";
import type { Model } from "../model.js";
import { findCentred } from "../norms/centred.js";
import type { Centred, Norms } from "../norms/whole.js";
import type { OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import type { OnnxSource } from "../trace/source.js";
import { type Fill, gate } from "./gate.js";
import { type Living, type Mask, maskOf, maskOfSelector } from "./mask.js";
import { createWriter, type Writer } from "./writer.js";

/** Keeps what is dead out of what a node computes. */
export type Masker = (node: OnnxNode, masking: Masking) => void;

/** How what is dead is kept out of a node. */
export function maskerOf(node: OnnxNode, norms: Norms): Masker | undefined {
  const record = recordOf(node);
  return (norms === "masked" ? record?.whole?.mask : undefined) ?? record?.mask;
}

/** A model being masked: what lives by the traced names, and the edit in the making. */
export interface Masking {
  readonly writer: Writer;
  readonly trace: Trace;
  /** All that the node gives is computed from stored values and cut as computed, so that it sees nothing dead. */
  isComputed(node: OnnxNode): boolean;
  isConstant(node: OnnxNode, input: number): boolean;
  /** What is dead of a node's input; empty when nothing is. */
  masks(node: OnnxNode, input: number): readonly Mask[];
  mask(tensor: string): Mask | undefined;
  /** Makes a node read its input with dead cells filled. */
  gate(node: OnnxNode, input: number, fill?: Fill): void;
  /** The difference whose squares a node takes the mean of. */
  centred(node: OnnxNode): Centred | undefined;
  /** Takes a node out; what took its place has its outputs. */
  remove(node: OnnxNode): void;
}

export function createMasking(model: Model, source: OnnxSource, trace: Trace, cut: Living): Masking {
  const writer = createWriter(model);
  const parameters = new Map<string, Parameter[]>();
  for (const parameter of trace.parameters)
    parameters.set(parameter.tensor, [...(parameters.get(parameter.tensor) ?? []), parameter]);
  const place = new Map(source.nodes.map((node, i) => [node.index, i]));
  const gated = new Map<string, string>();

  const masking: Masking = {
    writer,
    trace,
    isComputed: (node) => node.outputs.every((name) => name === "" || trace.isComputed(name)),
    isConstant: (node, input) => source.isConstant(node.inputs[input] ?? ""),
    mask: (tensor) => maskOf(trace.tensors.get(tensor)?.layout, cut),
    masks(node, input) {
      const tensor = node.inputs[input] ?? "";
      if (tensor === "") return [];
      if (!trace.tensors.get(tensor)?.parameter) return defined([masking.mask(tensor)]);
      const uses = (parameters.get(tensor) ?? []).filter(
        ({ use }) => !use || (use.node === place.get(node.index) && use.input === input),
      );
      const masks = uses.flatMap(({ shape, selectors }) =>
        selectors.map((selector) => maskOfSelector(shape, selector, cut)),
      );
      return merged(defined(masks));
    },
    gate(node, input, fill = 0) {
      const masks = masking.masks(node, input);
      const tensor = node.inputs[input] ?? "";
      if (masks.length === 0) return;
      const shared = !trace.tensors.get(tensor)?.parameter;
      const key = `${tensor}\n${typeof fill === "number" ? fill : fill.tensor}`;
      const name = (shared && gated.get(key)) || gate(writer, tensor, masks, fill);
      if (shared) gated.set(key, name);
      writer.draft.setInput(node.index, input, name);
    },
    centred: findCentred(source),
    remove: (node) => void writer.draft.nodes.set(node.index, null),
  };
  return masking;
}

/** Masks over the same factors as one. */
function merged(masks: readonly Mask[]): Mask[] {
  const byFactors = new Map<string, Mask>();
  for (const mask of masks) {
    const key = mask.factors.join();
    const known = byFactors.get(key);
    byFactors.set(key, known ? { ...known, grids: [...known.grids, ...mask.grids] } : mask);
  }
  return [...byFactors.values()];
}

const defined = <T>(list: readonly (T | undefined)[]): T[] =>
  list.filter((item): item is T => item !== undefined);
