import { OnnxError } from "../errors.js";
import type { Attribute, Graph, Node } from "../model.js";
import { type Field, payload, type Span } from "../wire.js";
import { moduleOf } from "./module-of.js";
import { part } from "./part.js";
import { type AttributeHeader, decodeProto, integer } from "./proto.js";
import { readWeight, type Source } from "./read-weight.js";

const attributeField = 5;
const metadataField = 9;
const apart: ReadonlySet<number> = new Set([attributeField, metadataField]);

/** Fields of AttributeProto that hold nested messages: t, g, tensors, graphs, tp, type_protos, sparse tensors. */
const nested = {
  tensor: 5,
  graph: 6,
  tensors: 10,
  graphs: 11,
  type: 14,
  types: 15,
  sparse: 22,
  sparses: 23,
} as const;
const nestedFields: ReadonlySet<number> = new Set(Object.values(nested));

export type ReadGraph = (span: Span) => Graph;

/** A NodeProto with its attributes; `readGraph` reads a subgraph one level deeper. */
export function readNode(source: Source, span: Span, index: number, readGraph: ReadGraph): Node {
  const { rest, taken } = part(source.bytes, span, "node", apart);
  const { name, opType, domain, input, output } = decodeProto("NodeProto", rest);
  const spans = (number: number): Span[] => taken.filter((field) => field.number === number).map(payload);
  const attributes = new Map<string, Attribute>();
  for (const at of spans(attributeField)) {
    const [key, value] = readAttribute(source, at, readGraph);
    // Which of the two counts, readers decide each for itself.
    if (attributes.has(key))
      throw new OnnxError("invalid-node", {
        node: name || output[0] || `number ${index}`,
        op: opType,
        why: `the attribute "${key}" is there twice`,
      });
    attributes.set(key, value);
  }
  const module = moduleOf(name, source.bytes, spans(metadataField));
  return {
    index,
    name,
    op: opType,
    domain: plainDomain(domain),
    inputs: input,
    outputs: output,
    attributes,
    ...(module !== undefined && { module }),
  };
}

/** The default domain has two spellings. */
export const plainDomain = (domain: string): string => (domain === "ai.onnx" ? "" : domain);

function readAttribute(source: Source, span: Span, readGraph: ReadGraph): [string, Attribute] {
  const { rest, taken } = part(source.bytes, span, "attribute", nestedFields);
  const header = decodeProto("AttributeProto", rest);
  return [header.name, readValue(source, header, taken, readGraph)];
}

function readValue(
  source: Source,
  header: AttributeHeader,
  taken: readonly Field[],
  readGraph: ReadGraph,
): Attribute {
  const spans = (number: number): Span[] => taken.filter((field) => field.number === number).map(payload);
  const [tensor] = spans(nested.tensor);
  const [graph] = spans(nested.graph);
  if (header.refAttrName !== "") return { kind: "other", value: undefined };
  switch (header.type || guessType(header, taken)) {
    case 1:
      return { kind: "float", value: header.f };
    case 2:
      return { kind: "int", value: integer(header.i) };
    case 3:
      return { kind: "string", value: text(header.s) };
    case 4:
      return tensor
        ? { kind: "tensor", value: readWeight(source, tensor) }
        : { kind: "other", value: undefined };
    case 5:
      return graph ? { kind: "graph", value: readGraph(graph) } : { kind: "other", value: undefined };
    case 6:
      return { kind: "floats", value: header.floats };
    case 7:
      return { kind: "ints", value: header.ints.map(integer) };
    case 8:
      return { kind: "strings", value: header.strings.map(text) };
    case 10:
      return { kind: "graphs", value: spans(nested.graphs).map(readGraph) };
    default:
      return { kind: "other", value: undefined };
  }
}

const decoder = new TextDecoder();
const text = (bytes: Uint8Array): string => decoder.decode(bytes);

/** Models of IR 1 leave the type out: the value that is there shows it. */
function guessType(header: AttributeHeader, taken: readonly Field[]): number {
  const has = (number: number): boolean => taken.some((field) => field.number === number);
  if (has(nested.tensor)) return 4;
  if (has(nested.graph)) return 5;
  if (has(nested.graphs)) return 10;
  if (header.ints.length > 0) return 7;
  if (header.floats.length > 0) return 6;
  if (header.strings.length > 0) return 8;
  if (header.s.length > 0) return 3;
  return header.f !== 0 ? 1 : 2;
}
