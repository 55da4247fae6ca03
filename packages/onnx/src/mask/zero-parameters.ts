import type { Removal } from "@prune/graph";
import { removedElements } from "@prune/graph/advanced";
import { createDraft, type Draft, finish } from "../cut/draft.js";
import { elementNumber, encodeTensor } from "../cut/encode.js";
import { OnnxError } from "../errors.js";
import { flatModel } from "../flat/flat-model.js";
import { nestedEdit } from "../flat/nested-edit.js";
import { foldConstants } from "../fold/fold.js";
import type { GraphEdit, Model, Weight } from "../model.js";
import { recordOf } from "../operators/operators.js";
import { order } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";
import { pack, packedBits, unpack } from "../read/packed.js";
import { type ZeroPoint, zeroPointsOf } from "./zero-points.js";

/** An entry of a recipe; the tensor is an initializer, or the output of a Constant node, unless it is computed. */
export type RemovedFromParameter = Removal;

/**
 * The original model with all that a recipe removes set to zero, as anyone would do it by hand: quantised weights to
 * their zero point, which itself stays, as does what something is divided by. What is computed from stored weights, as a normalised weight is, has no
 * coordinates in them: it is stored as computed, and masked there. Its outputs are those of the cut model unless something maps zero to another number before it is summed (a
 * sigmoid, say), or a norm's statistics run over what was removed.
 */
export function zeroParameters(model: Model, removed: readonly RemovedFromParameter[]): GraphEdit {
  const flat = flatModel(model);
  const draft = createDraft(flat);
  zeroIn(draft, flat, removed);
  return nestedEdit(
    flat,
    finish(draft, new Set(), () => true),
  );
}

/** The same in a draft that more is done to. */
export function zeroIn(draft: Draft, model: Model, removed: readonly RemovedFromParameter[]): void {
  const stored = storedIn(model);
  const zeroPoints = zeroPointsOf(model, stored);
  const dividing = divisors(model);
  const entries = removed.filter(
    ({ tensor, computed }) => !computed && !zeroPoints.names.has(tensor) && !dividing.has(tensor),
  );
  for (const { tensor, shape } of entries) {
    const weight = stored.get(tensor);
    if (!weight) throw new OnnxError("unknown-edit", { what: "tensor", name: tensor });
    if (weight.shape.join() !== shape.join()) throw new OnnxError("bad-shape", { tensor, shape });
  }
  for (const entry of entries) {
    const weight = stored.get(entry.tensor) as Weight;
    const before = draft.tensors.get(entry.tensor) ?? weight;
    const zeroPoint = zeroPoints.of.get(entry.tensor);
    const bytes = (): Uint8Array => zeroed(weight, before.bytes(), entry, zeroPoint);
    draft.tensors.set(entry.tensor, { shape: weight.shape, bytes });
  }
  const computed = removed.filter((entry) => entry.computed);
  if (computed.length > 0) storeComputed(model, computed, draft);
}

/** Operands that zero has no quotient, no logarithm or no power for. */
const undefinedAtZero: ReadonlyMap<string, number> = new Map([
  ["Div", 1],
  ["Reciprocal", 0],
  ["Log", 0],
  ["QuantizeLinear", 1],
]);

/** Stored tensors that divide, by themselves or moved about. */
function divisors({ graph }: Model): ReadonlySet<string> {
  const makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const found = new Set<string>();
  const stack = graph.nodes.flatMap((node) => {
    const at = undefinedAtZero.get(node.op);
    return at === undefined ? [] : [node.inputs[at] ?? ""];
  });
  for (let name = stack.pop(); name !== undefined; name = stack.pop()) {
    if (name === "" || found.has(name)) continue;
    found.add(name);
    const maker = makers.get(name);
    const moves = maker && recordOf(maker)?.moves;
    if (moves) stack.push(...maker.inputs.filter((_, i) => moves === "all" || moves.includes(i)));
  }
  return found;
}

/** Stores computed tensors with what is removed set to zero, for whoever reads them. */
function storeComputed(
  { graph, opsets }: Model,
  computed: readonly RemovedFromParameter[],
  draft: Draft,
): void {
  const constants = foldConstants(graph, opsets.get("") ?? 1, order(graph));
  for (const { tensor, shape, selectors } of computed) {
    const value = constants.value(tensor);
    if (!value) throw new OnnxError("unknown-edit", { what: "tensor", name: tensor });
    const data = value.data.slice();
    removedElements(shape, selectors)?.forEach((gone, i) => {
      if (gone) data[i] = typeof data[i] === "bigint" ? (0n as never) : (0 as never);
    });
    const name = draft.constant(`${tensor}_masked`, elementNumber(value, tensor), value.shape, () =>
      encodeTensor({ ...value, data }),
    );
    for (const { index } of graph.nodes)
      draft.inputs(index).forEach((input, k) => {
        if (input === tensor) draft.setInput(index, k, name);
      });
  }
}

function storedIn({ graph }: Model): Map<string, Weight> {
  const stored = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const weight = constantWeight(node);
    if (weight) stored.set(weight.name, weight);
  }
  return stored;
}

const uint8 = 2;

function zeroed(
  weight: Weight,
  source: Uint8Array,
  { shape, selectors }: Pick<RemovedFromParameter, "shape" | "selectors">,
  { bytes: zero, axis }: Partial<ZeroPoint> = {},
): Uint8Array {
  const { elementBytes, elementType, name } = weight;
  const bits = packedBits(elementType);
  if (bits !== undefined) {
    const count = (of: readonly number[]): number => of.reduce((a, b) => a * b, 1);
    const alone = { ...weight, elementType: uint8, elementBytes: 1 };
    const zeros = zero && unpack(zero, bits, axis === undefined ? 1 : (shape[axis] as number));
    const values = unpack(source, bits, count(weight.shape));
    const point = zeros && { bytes: zeros, axis };
    return pack(zeroed(alone, values, { shape, selectors }, point), bits);
  }
  if (elementBytes === undefined) throw new OnnxError("unreadable-type", { tensor: name, elementType });
  const bytes = source.slice();
  const stride = axis === undefined ? 1 : shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  removedElements(shape, selectors)?.forEach((gone, i) => {
    if (!gone) return;
    const at = axis === undefined ? 0 : Math.floor(i / stride) % (shape[axis] as number);
    if (zero) bytes.set(zero.subarray(at * elementBytes, (at + 1) * elementBytes), i * elementBytes);
    else bytes.fill(0, i * elementBytes, (i + 1) * elementBytes);
  });
  return bytes;
}
