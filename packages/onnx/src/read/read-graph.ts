import { OnnxError } from "../errors.js";
import type { Graph, Node, ValueInfo, Weight } from "../model.js";
import { eachField, type Field, payload, type Span } from "../wire.js";
import { part } from "./part.js";
import { decodeProto, depthLimit, integer, type ValueInfoHeader } from "./proto.js";
import { readNode } from "./read-node.js";
import { readWeight, type Source } from "./read-weight.js";

const fields = {
  node: 1,
  initializer: 5,
  input: 11,
  output: 12,
  valueInfo: 13,
  annotation: 14,
  sparse: 15,
} as const;
const fieldNumbers: ReadonlySet<number> = new Set(Object.values(fields));

/** A GraphProto and, through its nodes, its subgraphs. */
export function readGraph(source: Source, span: Span, depth = 0): Graph {
  if (depth > depthLimit) throw new OnnxError("too-deep", { limit: depthLimit });
  const { rest, taken } = part(source.bytes, span, "graph", fieldNumbers);
  const { name } = decodeProto("GraphProto", rest);
  const of = (number: number): Field[] => taken.filter((field) => field.number === number);
  const infos = (number: number): ValueInfo[] =>
    of(number).map((field) => readValueInfo(source, payload(field)));
  const deeper = (subgraph: Span): Graph => readGraph(source, subgraph, depth + 1);
  const nodes: Node[] = of(fields.node).map((field, index) =>
    readNode(source, payload(field), index, deeper),
  );
  const initializers = named(
    of(fields.initializer).map((field) => readWeight(source, payload(field))),
    name,
  );
  const sparse = new Set(of(fields.sparse).map((field) => sparseName(source, payload(field))));
  return {
    name,
    nodes,
    initializers,
    sparseInitializers: sparse,
    inputs: infos(fields.input),
    outputs: infos(fields.output),
    valueInfo: new Map(infos(fields.valueInfo).map((info) => [info.name, info])),
  };
}

function named(weights: readonly Weight[], graph: string): Map<string, Weight> {
  const map = new Map<string, Weight>();
  for (const weight of weights) {
    // Readers call an input that is left out so.
    if (weight.name === "")
      throw new OnnxError("malformed", { where: `graph "${graph}"`, why: "a stored tensor has no name" });
    if (map.has(weight.name)) throw new OnnxError("duplicate-name", { tensor: weight.name, graph });
    map.set(weight.name, weight);
  }
  return map;
}

/** A sparse tensor is named by its values. */
function sparseName(source: Source, span: Span): string {
  let name = "";
  eachField(source.bytes, span, "sparse tensor", (field) => {
    if (field.number === 1) name = readWeight(source, payload(field)).name;
  });
  return name;
}

function readValueInfo(source: Source, { start, end }: Span): ValueInfo {
  const { name, type } = decodeProto("ValueInfoProto", source.bytes.subarray(start, end));
  const tensor = type?.tensorType;
  return { name, elementType: tensor?.elemType ?? 0, shape: tensor?.shape?.dim?.map(size) };
}

type Dimension = NonNullable<
  NonNullable<NonNullable<NonNullable<ValueInfoHeader["type"]>["tensorType"]>["shape"]>["dim"]
>[number];

/** An empty symbol is an unknown size. */
function size({ dimValue, dimParam }: Dimension): number | string | undefined {
  if (dimParam) return dimParam;
  return dimValue === null || dimValue === undefined ? undefined : integer(dimValue);
}
