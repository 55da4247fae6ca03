import type { NamedTensor, NewNode } from "../model.js";
import { readModel } from "../read/read-model.js";
import { embed, integer, string } from "../write/encode.js";
import { concat } from "../write/rope.js";
import { type Segment, segmentModel } from "./segment.js";

/** What a model made from nothing consists of. */
export interface ModelParts {
  readonly inputs: Segment["inputs"];
  readonly outputs: readonly string[];
  /** In topological order. */
  readonly nodes: readonly NewNode[];
  readonly tensors: readonly NamedTensor[];
  /** @default 13 */
  readonly opset?: number;
}

/** A model made of new nodes alone, as bytes. */
export function newModel({ inputs, outputs, nodes, tensors, opset = 13 }: ModelParts): Uint8Array {
  const rope = [
    integer(1, 8),
    ...embed(7, [string(2, "graph")]),
    ...embed(8, [integer(2, opset)]),
  ] as Uint8Array[];
  return segmentModel(readModel(concat(rope)), { inputs, outputs, inserted: nodes, added: tensors });
}
