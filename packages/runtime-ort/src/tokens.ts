import type { Attribute } from "@prune/onnx/advanced";
import type { InputGraph } from "./inputs.js";

/** The part of a model's graph that token limits are read from; `Graph` of @prune/onnx is one. */
export interface TokenGraph extends InputGraph {
  readonly initializers: {
    has(name: string): boolean;
    get(name: string): { readonly shape: readonly number[] } | undefined;
  };
  readonly nodes: readonly {
    readonly op: string;
    readonly inputs: readonly string[];
    readonly outputs: readonly string[];
    readonly attributes?: ReadonlyMap<string, Attribute>;
  }[];
}

type Node = TokenGraph["nodes"][number];

/** Operators that hand on the integers of their first input. */
const movers: ReadonlySet<string> = new Set([
  ...["Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"],
  ...["Transpose", "Unsqueeze", "Tile", "Clip"],
]);

/** Operators that look rows up: which inputs are the tables of which input of indices. */
const lookUps: ReadonlyMap<string, readonly (readonly [indices: number, table: number])[]> = new Map([
  ["Gather", [[1, 0]]],
  ["GatherBlockQuantized", [[1, 0]]],
  [
    "EmbedLayerNormalization",
    [
      [0, 2],
      [1, 4],
      [8, 3],
    ],
  ],
]);

/** How many rows the smallest table has that an input's integers are looked up in, by input: `tokens` of randomFeeds. */
export function tokenLimits(graph: TokenGraph): Record<string, number> {
  const readers = readersOf(graph);
  const tables = tablesIn(graph);
  const limits = Object.create(null) as Record<string, number>;
  for (const { name } of graph.inputs) {
    const limit = Math.min(...rowsReadBy(name, readers, tables));
    if (Number.isFinite(limit)) limits[name] = limit;
  }
  return limits;
}

type Readers = ReadonlyMap<string, readonly Node[]>;

function readersOf({ nodes }: TokenGraph): Readers {
  const readers = new Map<string, Node[]>();
  for (const node of nodes)
    for (const input of new Set(node.inputs)) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  return readers;
}

/** Shapes of stored tensors, of what they are made from by an operator that keeps rows, and of inputs of fixed shape. */
function tablesIn(graph: TokenGraph): (name: string) => readonly (number | undefined)[] | undefined {
  const shapes = new Map<string, readonly (number | undefined)[] | undefined>();
  for (const { name, shape } of graph.inputs)
    shapes.set(
      name,
      shape?.map((dim) => (typeof dim === "number" ? dim : undefined)),
    );
  const of = (name: string): readonly (number | undefined)[] | undefined =>
    graph.initializers.get(name)?.shape ?? shapes.get(name);
  for (const { op, inputs, outputs, attributes } of graph.nodes) {
    const value = op === "Constant" ? attributes?.get("value") : undefined;
    const from = of(inputs[0] ?? "");
    const shape = value?.kind === "tensor" ? value.value.shape : keepsRows.has(op) ? from : undefined;
    if (shape && outputs[0] && !shapes.has(outputs[0])) shapes.set(outputs[0], shape);
  }
  return of;
}

/** Operators whose result has as many rows as their first input. */
const keepsRows: ReadonlySet<string> = new Set([
  ...[
    "DequantizeLinear",
    "Cast",
    "Identity",
    "MatMul",
    "Gemm",
    "Relu",
    "LeakyRelu",
    "Tanh",
    "Sigmoid",
    "Gelu",
  ],
  ...["LayerNormalization", "Softmax", "Mul", "Add", "Div", "BatchNormalization"],
]);

function rowsReadBy(
  input: string,
  readers: Readers,
  shapeOf: (name: string) => readonly (number | undefined)[] | undefined,
): number[] {
  const rows: number[] = [];
  const seen = new Set([input]);
  for (const tensor of seen)
    for (const { op, inputs, outputs, attributes } of readers.get(tensor) ?? []) {
      const axis = attributes?.get("axis");
      for (const [indices, table] of lookUps.get(op) ?? []) {
        if (inputs[indices] !== tensor) continue;
        const shape = shapeOf(inputs[table] ?? "");
        const size = shape?.at(axis?.kind === "int" ? axis.value : 0);
        if (size !== undefined) rows.push(size);
      }
      if (movers.has(op) && inputs[0] === tensor) for (const output of outputs) seen.add(output);
    }
  return rows;
}
