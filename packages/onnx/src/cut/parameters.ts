import type { Cut, Trace } from "@prune/graph";
import type { Parameter, Selection } from "@prune/graph/advanced";
import { OnnxError } from "../errors.js";
import type { NewTensor, Weight } from "../model.js";
import { pack, packedBits, unpack } from "../read/packed.js";
import { giveBack, stretch, takeMemory } from "../read/stretches.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";
import type { Draft } from "./draft.js";
import { elementNumber, encodeTensor } from "./encode.js";

const int64 = 7;

/** A parameter's use with what the cut keeps of it. */
export interface CutParameter {
  readonly parameter: Parameter;
  readonly selection: Selection;
}

export function selectAll({ parameters }: Trace, cut: Cut): CutParameter[] {
  return parameters.map((parameter) => {
    const selection = cut.select(parameter);
    if (!selection)
      throw new OnnxError("inconsistent-cut", {
        tensor: parameter.tensor,
        what: "its kept elements don't form a tensor",
      });
    return { parameter, selection };
  });
}

/**
 * Stores every changed parameter: in place when it has a single form, else as a copy for the nodes that need it.
 *
 * @param value contents of computed constants
 */
export function cutParameters(
  source: OnnxSource,
  all: readonly CutParameter[],
  draft: Draft,
  value: (name: string) => Tensor | undefined,
): void {
  const copies = new Map<string, string>();
  for (const { parameter, selection } of all) {
    if (!selection.changed) continue;
    const { tensor, use, derived } = parameter;
    const weight = source.weight(tensor);
    if (!use && !derived && weight?.filled) {
      const { node, input } = weight.filled;
      draft.setInput(node, input, draft.integers(`${tensor}_shape`, int64, selection.shape));
      continue;
    }
    if (!use && !derived && weight) {
      const pieces = piecesOf(weight, selection);
      draft.tensors.set(tensor, {
        shape: selection.shape,
        bytes: () => bytesOf(source, parameter, selection, value),
        ...(pieces && { pieces }),
      });
      continue;
    }
    const key = `${tensor}\n${JSON.stringify(selection.removed)}`;
    const name = copies.get(key) ?? copy(source, parameter, selection, draft, value);
    copies.set(key, name);
    source.nodes.forEach((node, i) => {
      if (use && use.node !== i) return;
      draft.inputs(node.index).forEach((input, k) => {
        if (input === tensor && (!use || use.input === k)) draft.setInput(node.index, k, name);
      });
    });
  }
}

function copy(
  source: OnnxSource,
  parameter: Parameter,
  selection: Selection,
  draft: Draft,
  value: (name: string) => Tensor | undefined,
): string {
  const { tensor } = parameter;
  const weight = source.weight(tensor);
  const elementType = weight?.elementType ?? elementNumber(value(tensor), tensor);
  if (weight?.filled) return expanded(weight.filled, `${tensor}_cut`, elementType, selection.shape, draft);
  return draft.constant(
    `${tensor}_cut`,
    elementType,
    selection.shape,
    () => bytesOf(source, parameter, selection, value),
    weight && piecesOf(weight, selection),
  );
}

/** One element spread out at run time, so that nothing is filled here. */
function expanded(
  { node, element }: NonNullable<Weight["filled"]>,
  base: string,
  elementType: number,
  shape: readonly number[],
  draft: Draft,
): string {
  const one = draft.constant(`${base}_element`, elementType, [], element);
  const output = draft.unused(base);
  const inputs = [one, draft.integers(`${base}_shape`, int64, shape)];
  const name = draft.unused(`${base}_node`);
  const made = { name, op: "Expand", domain: "", inputs, outputs: [output], attributes: new Map() };
  draft.inserted.push({ before: node, node: made });
  return output;
}

/** What is kept of a weight, stretch by stretch, where neither it nor that need be in memory whole. */
function piecesOf({ range, elementBytes }: Weight, selection: Selection): NewTensor["pieces"] {
  if (!range || elementBytes === undefined) return undefined;
  return function* () {
    const [into, out] = [takeMemory(), takeMemory()];
    const read = (from: number, to: number): Uint8Array =>
      range(from, to, to - from <= stretch ? into : new Uint8Array(to - from));
    try {
      yield* selection.pieces(read, elementBytes, stretch, out);
    } finally {
      giveBack(into, out);
    }
  };
}

function bytesOf(
  source: OnnxSource,
  { tensor }: Parameter,
  selection: Selection,
  value: (name: string) => Tensor | undefined,
): Uint8Array {
  const weight = source.weight(tensor);
  if (weight) {
    const bits = packedBits(weight.elementType);
    if (bits !== undefined) {
      const count = weight.shape.reduce((a, b) => a * b, 1);
      return pack(selection.copy(unpack(weight.bytes(), bits, count), 1), bits);
    }
    if (weight.elementBytes === undefined)
      throw new OnnxError("inconsistent-cut", {
        tensor,
        what: "its elements are of variable size",
      });
    return selection.copy(weight.bytes(), weight.elementBytes);
  }
  const computed = value(tensor);
  if (!computed) throw new OnnxError("inconsistent-cut", { tensor, what: "its values can't be computed" });
  const bytes = encodeTensor(computed);
  return selection.copy(bytes, bytes.length / computed.data.length);
}
