import type { GraphSource } from "@prune/graph";
import type { EnclosedTensor } from "@prune/graph/advanced";
import { type Dim, ownEntry, symbol } from "@prune/graph/advanced";
import { computing, findShuffles } from "@prune/graph/rules";
import { cacheSizes } from "../ends/cache-sizes.js";
import { endsOf, type FreeEnds } from "../ends/ends.js";
import { foldConstants } from "../fold/fold.js";
import type { Graph, Model, Node, ValueInfo, Weight } from "../model.js";
import { ints, type OnnxNode, type Rules } from "../operators/node.js";
import { operatorName, recordOf } from "../operators/operators.js";
import { implicitInputs, nameOf, order, subgraphs } from "../order.js";
import { constantWeight } from "../read/constant-weight.js";
import type { Tensor } from "../tensor.js";
import { checkedShapes } from "../validate/check-shapes.js";
import { evaluated } from "./evaluated.js";
import { filledWeights } from "./filled.js";
import { elementTypes } from "./types.js";
import { withVaryingSizes } from "./varying.js";

/** A model as the core sees it, and the constants behind it. */
export interface OnnxSource extends GraphSource<OnnxNode> {
  /** Stored values by initializer name or by output name of a Constant (or, for a weight, ConstantOfShape) node. */
  weight(name: string): Weight | undefined;
  /** Any constant's contents, computed where need be. */
  value(name: string): Tensor | undefined;
}

/** Contents of tensors up to this many elements are read as sizes and indices. */
const smallEnough = 1 << 16;

/** @param io inputs and outputs that may shrink; left out, nothing is said of why the others don't. */
export function onnxSource(model: Model, rules: Rules, io?: FreeEnds): OnnxSource {
  const { graph } = model;
  const opset = model.opsets.get("") ?? 1;
  const sorted = order(graph);
  const constants = foldConstants(graph, opset, sorted);
  const stored = new Map([...storedWeights(graph), ...filledWeights(graph, constants)]);
  const stated = statedShapes(graph);
  const typeOf = elementTypes(graph, (name) => stored.get(name)?.dtype);
  const plain = sorted
    .map((index) => graph.nodes[index] as Node)
    .filter((node) => !stored.has(node.outputs[0] ?? ""))
    .map((node): OnnxNode => {
      const captures = [...implicitInputs(node)];
      return { ...node, opset: model.opsets.get(node.domain) ?? opset, typeOf, captures };
    });

  const parameter = (name: string): readonly number[] | undefined => stored.get(name)?.shape;
  const value = (name: string): Tensor | undefined => quietly(() => constants.value(name));
  /** Constants that `computed` gave; what only moves their positions is computed as well. */
  const made = new Set<string>();
  const read = new Map<RegExp, Map<string, readonly number[] | undefined>>();
  const small = (name: string, kind: RegExp): readonly number[] | undefined => {
    const known = read.get(kind) ?? new Map<string, readonly number[] | undefined>();
    read.set(kind, known);
    if (known.has(name)) return known.get(name);
    const found = readSmall(name, (dtype) => kind.test(dtype));
    known.set(name, found);
    return found;
  };
  const readSmall = (name: string, isKind: (dtype: string) => boolean): readonly number[] | undefined => {
    const weight = stored.get(name);
    if (weight && (!isKind(weight.dtype) || count(weight.shape) > smallEnough)) return undefined;
    if (!constants.isConstant(name)) return undefined;
    const tensor = value(name);
    if (!tensor || !isKind(tensor.dtype) || count(tensor.shape) > smallEnough) return undefined;
    return Array.from(tensor.data);
  };

  const isSize = /int|bool/;
  const isReal = /float/;
  const whole = (name: string): readonly number[] | undefined => {
    const known = small(name, isSize);
    if (known) return known;
    const tensor = constants.isConstant(name) ? value(name) : undefined;
    return tensor && /int/.test(tensor.dtype) ? Array.from(tensor.data) : undefined;
  };
  const shuffles = findShuffles(
    plain,
    graph.outputs.map(({ name }) => name),
    (node) => (node.op === "Transpose" ? ints(node, "perm") : small(node.inputs[1] ?? "", isSize)),
  );
  const nodes = plain.map((node): OnnxNode => ({ ...node, shuffle: shuffles.get(node.outputs[0] ?? "") }));

  const followed = cacheSizes(graph);
  const source: OnnxSource = {
    nodes,
    inputs: graph.inputs.map(({ name, shape }) => ({
      name,
      shape:
        shape &&
        dimsOf(name, shape).map(
          (size) => (typeof size === "string" ? ownEntry(followed, size) : undefined) ?? size,
        ),
    })),
    outputs: graph.outputs.map(({ name }) => name),
    ...(io !== undefined && { end: endsOf(graph, io) }),
    parameter,
    inside: storedInside(nodes),
    isConstant: (name) => name !== "" && constants.isConstant(name),
    isIndex: (name) => /^(int64|bool)$/.test(typeOf(name) ?? ""),
    integers: (name, anySize) => (anySize ? whole(name) : small(name, isSize)),
    reals: (name) => small(name, isReal),
    computed(node) {
      if (!node.outputs.every((name) => name === "" || constants.isConstant(name))) return undefined;
      const data = node.inputs[0] ?? "";
      if (recordOf(node)?.isFollowed && !made.has(data)) return undefined;
      if (node.op === "Gather" && stored.has(data)) return undefined;
      const tensors = node.outputs.map((name) => (name === "" ? undefined : value(name)));
      if (!node.outputs.every((name, i) => name === "" || tensors[i])) return undefined;
      for (const name of node.outputs) made.add(name);
      return tensors.map((tensor) => tensor?.shape);
    },
    isComputable: (name) => value(name) !== undefined,
    stated: (name) => stated.get(name),
    rule(node) {
      const rule = (node.own && recordOf(node)?.rule) || ownEntry(rules, operatorName(node));
      return rule && checkedShapes(computing(rule, evaluated));
    },
    duty: (node, input) => recordOf(node)?.duty?.(node, input),
    weight: (name) => stored.get(name),
    value,
  };
  return { ...source, nodes: withVaryingSizes(source) };
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Weights that are missing or damaged keep a trace from knowing their contents, not from running. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function storedWeights(graph: Graph): Map<string, Weight> {
  const stored = new Map(graph.initializers);
  for (const node of graph.nodes) {
    const weight = constantWeight(node);
    if (weight) stored.set(weight.name, weight);
  }
  return stored;
}

function statedShapes(graph: Graph): Map<string, readonly Dim[]> {
  const shapes = new Map<string, readonly Dim[]>();
  for (const { name, shape } of [...graph.valueInfo.values(), ...graph.outputs])
    if (shape) shapes.set(name, dimsOf(name, shape));
  return shapes;
}

/** Some exporters write -1 for a size that they don't know. */
const dimsOf = (name: string, shape: NonNullable<ValueInfo["shape"]>): Dim[] =>
  shape.map((d, i) => {
    if (typeof d === "string" && d !== "") return symbol(d);
    return typeof d === "number" && d >= 0 ? d : symbol(`${name}.${i}`);
  });

/** Weights inside the bodies of nodes: of Loop, Scan, and of what they hold in turn. */
function storedInside(nodes: readonly Node[]): EnclosedTensor[] {
  const found: EnclosedTensor[] = [];
  const enter = (owner: Node, node: Node): void => {
    const keep = (tensor: string, { shape, dtype }: { shape: readonly number[]; dtype: string }): void => {
      if (shape.length > 0 && /float/.test(dtype))
        found.push({ tensor, shape, node: nameOf(owner), op: owner.op });
    };
    for (const { initializers, nodes: inner } of subgraphs(node)) {
      for (const [name, weight] of initializers) keep(name, weight);
      for (const one of inner) {
        const weight = constantWeight(one);
        if (weight) keep(weight.name, weight);
        enter(owner, one);
      }
    }
  };
  for (const node of nodes) enter(node, node);
  return found;
}
