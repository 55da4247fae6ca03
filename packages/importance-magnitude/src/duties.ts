import type { GraphNode, Trace } from "@prune/graph";
import type { Duty, Parameter } from "@prune/graph/advanced";

const known = new WeakMap<Trace["source"], ReadonlyMap<string, Duty>>();

/** What a parameter does where it is no plain weight: in its one use, or in all of them. */
export function dutyOf({ source }: Trace, { tensor, use }: Parameter): Duty | undefined {
  const node = use && source.nodes[use.node];
  if (node && use) return source.duty(node, use.input);
  const duties = known.get(source) ?? readDuties(source);
  known.set(source, duties);
  return duties.get(tensor);
}

/** By tensor. Constants computed from others (a bias that is reshaped first) pass on what they do. */
function readDuties(source: Trace["source"]): Map<string, Duty> {
  const found = new Map<string, Duty | "weight">();
  const producers = new Map<string, GraphNode>();
  const meet = (name: string, duty: Duty | "weight"): void => {
    const before = found.get(name);
    const now = before === undefined || before === duty ? duty : "weight";
    if (now === before) return;
    found.set(name, now);
    for (const input of producers.get(name)?.inputs ?? []) if (input !== "") meet(input, now);
  };
  for (const node of source.nodes) {
    if (node.outputs.every((name) => name === "" || source.isConstant(name)))
      for (const name of node.outputs) producers.set(name, node);
    else
      node.inputs.forEach((name, i) => {
        if (name !== "" && source.isConstant(name)) meet(name, source.duty(node, i) ?? "weight");
      });
  }
  return new Map([...found].flatMap(([name, duty]) => (duty === "weight" ? [] : [[name, duty]])));
}
