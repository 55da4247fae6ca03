import { type Removal, removedElements } from "@prune/graph";
import { editedModel } from "../backend/edited-model.js";
import { OnnxError } from "../errors.js";
import { foldConstants } from "../fold/fold.js";
import type { GraphEdit, Model, NewTensor, Node, Weight } from "../model.js";
import { order } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";
import { noEdit } from "../write/write-model.js";
import { type ZeroPoint, zeroPointsOf } from "./zero-points.js";

/** An entry of a recipe; the tensor is an initializer, or the output of a Constant node, unless it is computed. */
export type RemovedFromParameter = Removal;

/**
 * The original model with all that a recipe removes set to zero, as anyone would do it by hand: quantised weights to
 * their zero point, which itself stays. What is computed from stored weights has no coordinates of its own: what it is
 * computed from is set to zero, but for what would then be 0 / 0, as the direction of a normalised weight whose length
 * is 0. Its outputs are those of the cut model unless something maps zero to another number before it is summed (a
 * sigmoid, say), or a norm's statistics run over what was removed.
 */
export function zeroParameters(model: Model, removed: readonly RemovedFromParameter[]): GraphEdit {
  const stored = storedIn(model);
  const zeroPoints = zeroPointsOf(model, stored);
  const entries = removed.filter(({ tensor, computed }) => !computed && !zeroPoints.names.has(tensor));
  for (const { tensor, shape } of entries) {
    const weight = stored.get(tensor);
    if (!weight) throw new OnnxError("unknown-edit", { what: "tensor", name: tensor });
    if (weight.shape.join() !== shape.join()) throw new OnnxError("bad-shape", { tensor, shape });
  }
  const edit = (parts: readonly RemovedFromParameter[]): GraphEdit => {
    const tensors = new Map<string, NewTensor>();
    for (const entry of parts) {
      const weight = stored.get(entry.tensor) as Weight;
      const before = tensors.get(entry.tensor) ?? weight;
      const zeroPoint = zeroPoints.of.get(entry.tensor);
      const bytes = (): Uint8Array => zeroed(weight, before.bytes(), entry, zeroPoint);
      tensors.set(entry.tensor, { shape: weight.shape, bytes });
    }
    return { ...noEdit, tensors };
  };
  const computed = removed.filter((entry) => entry.computed).map(({ tensor }) => tensor);
  return edit(computed.length === 0 ? entries : definite(model, entries, computed, edit));
}

function storedIn({ graph }: Model): Map<string, Weight> {
  const stored = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const weight = constantWeight(node);
    if (weight) stored.set(weight.name, weight);
  }
  return stored;
}

/** The entries without those that would leave a computed tensor without a value. */
function definite(
  model: Model,
  entries: readonly RemovedFromParameter[],
  computed: readonly string[],
  edit: (parts: readonly RemovedFromParameter[]) => GraphEdit,
): readonly RemovedFromParameter[] {
  const { nodes } = model.graph;
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const undefinedIn = (
    parts: readonly RemovedFromParameter[],
    names: readonly string[] = computed,
  ): string[] => {
    const { graph, opsets } = editedModel(model, edit(parts));
    const constants = foldConstants(graph, opsets.get("") ?? 1, order(graph));
    return names.filter((name) => {
      const data = constants.value(name)?.data;
      return data instanceof Float32Array && data.some(Number.isNaN);
    });
  };
  let now = entries.flatMap(({ selectors, ...entry }) =>
    selectors.map((selector): RemovedFromParameter => ({ ...entry, selectors: [selector] })),
  );
  for (const name of undefinedIn(now)) {
    const sources = sourcesOf(name, producers);
    const better = now
      .filter(({ tensor }) => sources.has(tensor))
      .map((part) => now.filter((other) => other !== part))
      .find((parts) => undefinedIn(parts, [name]).length === 0);
    now = better ?? now;
  }
  return now;
}

/** All that a tensor is computed from. */
function sourcesOf(tensor: string, producers: ReadonlyMap<string, Node>): ReadonlySet<string> {
  const sources = new Set([tensor]);
  for (const name of sources) for (const input of producers.get(name)?.inputs ?? []) sources.add(input);
  return sources;
}

function zeroed(
  weight: Weight,
  source: Uint8Array,
  { shape, selectors }: RemovedFromParameter,
  { bytes: zero, axis }: Partial<ZeroPoint> = {},
): Uint8Array {
  const { elementBytes, elementType, name } = weight;
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
