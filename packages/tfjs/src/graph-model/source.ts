import type { GraphSource } from "@prune/graph";
import { type Dim, ownEntry, symbol } from "@prune/graph/advanced";
import { computing, findShuffles } from "@prune/graph/rules";
import { decode } from "../format/weights.js";
import type { GraphModel, NodeDef, TfjsWeight } from "../model.js";
import type { TfSource } from "../source.js";
import { checkedShapes } from "../validate/shapes/check-shapes.js";
import { type Contents, count } from "./contents/contents.js";
import { evaluate, isEvaluated } from "./contents/evaluate.js";
import { evaluated } from "./contents/evaluated.js";
import { demanded } from "./demanded.js";
import { contractingCalls, contractingInLoops } from "./macs.js";
import { type GraphModelRules, sizesOf, type TfNode } from "./node.js";
import { recordOf } from "./operators/operators.js";
import { nodeOf, order, tensorName } from "./order.js";

/** A GraphModel as the core sees it, and the constants behind it. */
export interface GraphModelSource extends GraphSource<TfNode>, TfSource {
  /** Any constant's contents, computed where need be. */
  value(name: string): Contents | undefined;
}

/** Contents of tensors up to this many elements are read as sizes and indices. */
const smallEnough = 1 << 16;

export function graphModelSource(model: GraphModel, rules: GraphModelRules): GraphModelSource {
  const defs = order(model.graph.node);
  const stored = storedWeights(model);
  const connections = connected(defs.filter(({ op }) => op !== "Const" && !isInput(op)));
  const producers = new Map(connections.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const constant = new Set<string>(stored.keys());
  for (const node of connections)
    if (node.inputs.length > 0 && isEvaluated(node) && node.inputs.every((name) => constant.has(name)))
      for (const name of node.outputs) constant.add(name);

  const known = new Map<string, Contents | undefined>();
  const value = (name: string): Contents | undefined => {
    if (!constant.has(name)) return undefined;
    if (!known.has(name)) settle(name, { known, stored, producers });
    return known.get(name);
  };
  const made = new Set<string>();
  const small = (name: string, isKind: (dtype: string) => boolean): readonly number[] | undefined => {
    const weight = stored.get(name);
    if (weight && (!isKind(weight.dtype) || count(weight.shape) > smallEnough)) return undefined;
    const contents = value(name);
    if (!contents || !isKind(contents.dtype) || contents.data.length > smallEnough) return undefined;
    return Array.from(contents.data) as number[];
  };

  const outputs = outputsOf(model, connections);
  const integers = (name: string): readonly number[] | undefined =>
    small(name, (dtype) => dtype !== "float32");
  const shuffles = findShuffles(connections, outputs, ({ inputs }) => integers(inputs[1] ?? ""));
  const contractsInside = contractingCalls(model.graph);
  const contractingLoops = contractingInLoops(connections);
  const nodes = connections.map(
    (node): TfNode => ({
      ...(node.op === "Merge" && { entersLoop: true }),
      ...node,
      shuffle: shuffles.get(node.name),
      contractsInside: contractsInside(node.def) || contractingLoops.has(node.name),
    }),
  );
  const demands = demanded(connections, {
    shape: (name) => stored.get(name)?.shape ?? value(name)?.shape,
    integers,
  });
  const stated = (name: string): readonly Dim[] | undefined =>
    demands.get(name)?.map((size, d) => size ?? symbol(`${name}.${d}`));

  return {
    nodes,
    inputs: defs
      .filter(({ op }) => isInput(op))
      .map((def) => ({ name: def.name, shape: inputShape(model, def, stated(def.name)) })),
    outputs,
    parameter: (name) => stored.get(name)?.shape,
    isConstant: (name) => constant.has(name),
    isIndex: (name) => /^(int32|bool|string)$/.test(stored.get(name)?.dtype ?? ""),
    integers,
    reals: (name) => small(name, (dtype) => dtype === "float32"),
    computed(node) {
      if (!node.outputs.every((name) => constant.has(name))) return undefined;
      const { isFollowed, looksUp } = recordOf(node) ?? {};
      if (isFollowed && !made.has(node.inputs[0] ?? "")) return undefined;
      if (looksUp && stored.has(node.inputs[0] ?? "")) return undefined;
      const contents = node.outputs.map(value);
      if (!contents.every((one) => one)) return undefined;
      for (const name of node.outputs) made.add(name);
      return contents.map((one) => one?.shape);
    },
    isComputable: (name) => value(name) !== undefined,
    stated,
    rule(node) {
      const rule = ownEntry(rules, node.op);
      return rule && checkedShapes(node.op, computing(rule, evaluated));
    },
    duty: (node, input) => recordOf(node)?.duty?.(node, input),
    weight: (name) => stored.get(name),
    values(name) {
      const weight = stored.get(name);
      if (weight) return weight.dtype === "float32" ? floats(decode(weight)) : undefined;
      const contents = value(name);
      return contents?.dtype === "float32"
        ? Float32Array.from(contents.data as ArrayLike<number>)
        : undefined;
    },
    shapeOf: (name) => stored.get(name)?.shape ?? value(name)?.shape,
    value,
  };
}

const floats = (data: Float32Array | Int32Array | undefined): Float32Array | undefined =>
  data instanceof Float32Array ? data : undefined;

const isInput = (op: string): boolean => op.startsWith("Placeholder");

function storedWeights({ graph, weights }: GraphModel): Map<string, TfjsWeight> {
  const stored = new Map<string, TfjsWeight>();
  for (const { name, op } of graph.node)
    if (op === "Const") stored.set(name, weights.get(name) as TfjsWeight);
  return stored;
}

/** NodeDefs with their inputs and outputs as tensor names. */
function connected(defs: readonly NodeDef[]): TfNode[] {
  const byName = new Map(defs.map((def) => [def.name, def]));
  const namesOf = (node: string): readonly string[] => {
    const def = byName.get(node);
    return (def && recordOf(def)?.outputs?.names) ?? [];
  };
  const outputs = new Map<string, number>();
  for (const def of defs)
    for (const input of def.input ?? []) {
      const at = Number(tensorName(input, namesOf)?.split(":")[1] ?? 0);
      const node = nodeOf(input);
      outputs.set(node, Math.max(outputs.get(node) ?? 1, at + 1));
    }
  return defs.map((def) => {
    const { name, op } = def;
    const inputs = (def.input ?? []).map((text) => tensorName(text, namesOf)).filter((t) => t !== undefined);
    const node = { name, op, def, inputs, outputs: [] };
    const n = Math.max(outputs.get(name) ?? 1, recordOf(node)?.outputs?.count?.(node) ?? 1);
    return { ...node, outputs: Array.from({ length: n }, (_, i) => (i === 0 ? name : `${name}:${i}`)) };
  });
}

/** The shape that the model gives an input; what it leaves open is as its readers need it. */
function inputShape(
  { signature }: GraphModel,
  { name, attr }: NodeDef,
  demand: readonly Dim[] | undefined,
): readonly Dim[] | undefined {
  const entry = Object.values(signature?.inputs ?? {}).find((info) => nodeOf(info.name) === name);
  const sizes = sizesOf(attr?.shape?.shape ?? entry?.tensorShape);
  const needed = demand?.length === sizes?.length ? demand : undefined;
  return sizes?.map((size, d) => (size < 0 ? (needed?.[d] ?? symbol(`${name}.${d}`)) : size)) ?? demand;
}

/** What tfjs gives back: the signature's outputs or, where it names none, whatever nothing reads. */
function outputsOf({ signature }: GraphModel, nodes: readonly TfNode[]): string[] {
  const named = Object.values(signature?.outputs ?? {}).map(({ name }) => tensorName(name) as string);
  if (named.length > 0) return [...new Set(named)];
  const read = new Set(nodes.flatMap(({ inputs }) => inputs));
  return nodes.flatMap(({ outputs }) => (outputs.some((name) => read.has(name)) ? [] : outputs));
}

interface Folding {
  readonly known: Map<string, Contents | undefined>;
  readonly stored: ReadonlyMap<string, TfjsWeight>;
  readonly producers: ReadonlyMap<string, TfNode>;
}

/** Computes a constant and what it is made from, without recursion. */
function settle(name: string, { known, stored, producers }: Folding): void {
  const stack = [name];
  while (stack.length > 0) {
    const top = stack.at(-1) as string;
    const weight = stored.get(top);
    const node = producers.get(top);
    if (known.has(top) || weight || !node) {
      if (!known.has(top)) known.set(top, weight && read(weight));
      stack.pop();
      continue;
    }
    const missing = node.inputs.filter((input) => !known.has(input));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    const results = evaluate(
      node,
      node.inputs.map((input) => known.get(input)),
    );
    node.outputs.forEach((output, i) => {
      known.set(output, results?.[i]);
    });
    stack.pop();
  }
}

function read(weight: TfjsWeight): Contents | undefined {
  const data = decode(weight);
  const dtype = weight.dtype === "bool" ? "bool" : data instanceof Float32Array ? "float32" : "int32";
  return data && { dtype, shape: weight.shape, data };
}
