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
  }[];
}

/** Operators that hand on the integers of their first input. */
const movers: ReadonlySet<string> = new Set([
  ...["Cast", "Concat", "Expand", "Flatten", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze"],
  ...["Transpose", "Unsqueeze"],
]);

/** How many rows the smallest table has that an input's integers are looked up in, by input: `tokens` of randomFeeds. */
export function tokenLimits(graph: TokenGraph): Record<string, number> {
  const readers = readersOf(graph);
  const limits = Object.create(null) as Record<string, number>;
  for (const { name } of graph.inputs) {
    const limit = Math.min(...tablesOf(name, readers, graph));
    if (Number.isFinite(limit)) limits[name] = limit;
  }
  return limits;
}

type Readers = ReadonlyMap<string, TokenGraph["nodes"]>;

function readersOf({ nodes }: TokenGraph): Readers {
  const readers = new Map<string, TokenGraph["nodes"][number][]>();
  for (const node of nodes)
    for (const input of new Set(node.inputs)) {
      const list = readers.get(input);
      if (list) list.push(node);
      else readers.set(input, [node]);
    }
  return readers;
}

function tablesOf(input: string, readers: Readers, { initializers }: TokenGraph): number[] {
  const rows: number[] = [];
  const seen = new Set([input]);
  for (const tensor of seen)
    for (const { op, inputs, outputs } of readers.get(tensor) ?? []) {
      const table = op === "Gather" && inputs[1] === tensor ? initializers.get(inputs[0] ?? "") : undefined;
      if (table) rows.push(table.shape[0] ?? 1);
      else if (movers.has(op) && inputs[0] === tensor) for (const output of outputs) seen.add(output);
    }
  return rows;
}
