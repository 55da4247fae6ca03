import type { Cut, Trace } from "@prune/graph";
import { deadCells } from "@prune/graph/advanced";
import type { Contents } from "../contents/contents.js";
import { evaluate } from "../contents/evaluate.js";
import type { TfNode } from "../node.js";
import type { GraphModelSource } from "../source.js";

/**
 * Constants that are computed from stored tensors of which a cut removes positions (norms of a codebook's rows, say):
 * they are what they would be were those positions zero.
 */
export interface Recomputed {
  /** The stored tensors behind them, with what is removed set to zero. */
  readonly zeroed: ReadonlyMap<string, Contents>;
  /** The constants that a trace took as computed. */
  readonly names: ReadonlySet<string>;
  value(name: string): Contents | undefined;
}

export function recomputed(
  source: GraphModelSource,
  trace: Trace,
  removing: Pick<Cut, "living">,
): Recomputed {
  const cut = new Map<string, NonNullable<ReturnType<typeof deadCells>>>();
  for (const { tensor, use, derived, selectors } of trace.parameters) {
    const eachDead =
      use || derived || source.weight(tensor)?.dtype !== "float32"
        ? undefined
        : deadCells(selectors, removing);
    if (eachDead) cut.set(tensor, eachDead);
  }
  const behind = new Map<string, ReadonlySet<string>>([...cut.keys()].map((name) => [name, new Set([name])]));
  const names = new Set<string>();
  const used = new Set<string>();
  const makers = new Map<string, TfNode>();
  for (const node of source.nodes) {
    if (!node.outputs.every((name) => source.isConstant(name))) continue;
    const from = node.inputs.flatMap((name) => [...(behind.get(name) ?? [])]);
    if (from.length === 0) continue;
    for (const name of node.outputs) {
      behind.set(name, new Set(from));
      makers.set(name, node);
      if (!trace.isComputed(name)) continue;
      names.add(name);
      for (const tensor of from) used.add(tensor);
    }
  }
  const zeroed = new Map<string, Contents>();
  for (const tensor of used) {
    const contents = source.value(tensor);
    if (!contents) continue;
    const data = Float32Array.from(contents.data as ArrayLike<number>);
    cut.get(tensor)?.((element) => {
      data[element] = 0;
    });
    zeroed.set(tensor, { ...contents, data });
  }
  const values = new Map<string, Contents | undefined>(zeroed);
  // In the order of the nodes, so that what a constant is made of is there.
  for (const [name, node] of makers) {
    if (values.has(name) || ![...(behind.get(name) ?? [])].every((tensor) => zeroed.has(tensor))) continue;
    const made = evaluate(
      node,
      node.inputs.map((input) => (behind.has(input) ? values.get(input) : source.value(input))),
    );
    node.outputs.forEach((output, i) => {
      values.set(output, made?.[i]);
    });
  }
  return { zeroed, names, value: (name) => values.get(name) };
}
