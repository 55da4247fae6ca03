import type { Removal } from "@prune/graph";
import { removedElements } from "@prune/graph/advanced";
import { evaluate } from "../fold/evaluate.js";
import type { OnnxNode } from "../operators/node.js";
import { recordOf } from "../operators/operators.js";
import type { Tensor } from "../tensor.js";
import type { OnnxSource } from "../trace/source.js";

/** Where a stored tensor's elements begin in the numbering of all. */
interface Numbering {
  readonly source: OnnxSource;
  readonly first: Map<string, number>;
  readonly makers: ReadonlyMap<string, OnnxNode>;
  readonly known: Map<string, Tensor | undefined>;
  total: number;
}

/**
 * Removals expressed in stored tensors alone: those from a tensor that is stored elements moved about are found in the
 * tensors behind it. An element is removed when all that reads it lets it go.
 */
export function storedRemovals(source: OnnxSource, removals: readonly Removal[]): Removal[] {
  const computed = removals.filter((removal) => removal.computed);
  if (computed.length === 0) return [...removals];
  const makers = new Map(source.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const numbering: Numbering = { source, first: new Map(), makers, known: new Map(), total: 0 };
  const moved = computed.filter(({ tensor }) => numbersOf(numbering, tensor));
  const fates = readFates(numbering, removals);
  const direct = new Set(removals.map(({ tensor }) => tensor));
  const found: Removal[] = [];
  for (const [tensor, first] of numbering.first) {
    const shape = source.weight(tensor)?.shape ?? [];
    const selectors = slabs(shape, fates.subarray(first, first + size(shape)));
    if (selectors.length > 0 && !direct.has(tensor)) found.push({ tensor, shape, selectors });
  }
  return [...removals.filter((removal) => !moved.includes(removal)), ...found];
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A tensor's elements by the numbers of the stored ones that they are; undefined where any is calculated. */
function numbersOf(numbering: Numbering, name: string): Tensor | undefined {
  const { source, known, makers, first } = numbering;
  if (known.has(name)) return known.get(name);
  const weight = source.weight(name);
  let tensor: Tensor | undefined;
  if (weight) {
    const start = numbering.total;
    first.set(name, start);
    numbering.total += size(weight.shape);
    const data = Float64Array.from({ length: size(weight.shape) }, (_, i) => start + i);
    tensor = { dtype: "float64", shape: weight.shape, data };
  } else {
    const node = makers.get(name);
    const moves = node && recordOf(node)?.moves;
    if (moves)
      tensor = node.op === "Cast" ? numbersOf(numbering, node.inputs[0] ?? "") : move(numbering, node, name);
  }
  known.set(name, tensor);
  return tensor;
}

function move(numbering: Numbering, node: OnnxNode, name: string): Tensor | undefined {
  const which = recordOf(node)?.moves;
  const inputs = node.inputs.map((input, i) =>
    which === "all" || which?.includes(i) ? numbersOf(numbering, input) : numbering.source.value(input),
  );
  if (inputs.some((tensor, i) => !tensor && node.inputs[i] !== "")) return undefined;
  return evaluate(node, inputs, node.opset)?.[node.outputs.indexOf(name)];
}

/** Per stored element: 1 where it is read and everything that reads it lets it go. */
function readFates(numbering: Numbering, removals: readonly Removal[]): Uint8Array {
  const { source, known } = numbering;
  const byTensor = new Map(removals.map((removal) => [removal.tensor, removal]));
  const gone = 1;
  const stays = 2;
  let fates = new Uint8Array(numbering.total);
  for (const node of source.nodes) {
    const constant = node.outputs.every((name) => name === "" || source.isConstant(name));
    for (const name of [...node.inputs, ...(node.captures ?? [])]) {
      if (name === "" || !source.isConstant(name)) continue;
      const moves = constant && node.outputs.every((output) => known.get(output));
      const tensor = moves || !reaches(numbering, name) ? undefined : numbersOf(numbering, name);
      if (!tensor) continue;
      if (fates.length < numbering.total) {
        const longer = new Uint8Array(numbering.total);
        longer.set(fates);
        fates = longer;
      }
      const removal = constant ? undefined : byTensor.get(name);
      const dead = removal && removedElements(removal.shape, removal.selectors);
      for (let i = 0; i < tensor.data.length; i++)
        fates[tensor.data[i] as number]! |= dead?.[i] ? gone : stays;
    }
  }
  return fates.map((fate) => Number(fate === gone));
}

/** Whether a tensor is made of elements that are numbered already. */
function reaches({ first, known, makers }: Numbering, name: string): boolean {
  const stack = [name];
  const seen = new Set<string>();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    if (first.has(next) || known.get(next)) return true;
    const node = makers.get(next);
    if (!node || seen.has(next)) continue;
    seen.add(next);
    stack.push(...node.inputs);
  }
  return false;
}

/** Position over some dims of a view of each of its elements. */
function positions(view: readonly number[], dims: readonly number[]): Int32Array {
  let all: Int32Array = new Int32Array(1);
  view.forEach((n, d) => {
    const k = dims.indexOf(d);
    const stride = k < 0 ? 0 : size(dims.slice(k + 1).map((e) => view[e] as number));
    const next = new Int32Array(all.length * n);
    for (let o = 0; o < all.length; o++)
      for (let i = 0; i < n; i++) next[o * n + i] = (all[o] as number) + i * stride;
    all = next;
  });
  return all;
}

/** Dead elements as whole positions of dims; one by one where they are not. */
function slabs(shape: readonly number[], dead: Uint8Array): Removal["selectors"] {
  if (!dead.includes(1)) return [];
  const selectors = shape.flatMap((n, d) => {
    const alive = new Uint8Array(n);
    const position = positions(shape, [d]);
    for (let i = 0; i < dead.length; i++) if (!dead[i]) alive[position[i] as number] = 1;
    const removed = Array.from(alive.keys()).filter((k) => alive[k] === 0);
    return removed.length > 0 ? [{ view: shape, dims: [d], removed }] : [];
  });
  const told = removedElements(shape, selectors);
  if (told?.every((gone, i) => gone === dead[i])) return selectors;
  const removed = Array.from(dead.keys()).filter((i) => dead[i] === 1);
  return [{ view: shape, dims: shape.map((_, d) => d), removed }];
}
