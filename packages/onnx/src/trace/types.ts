import { loopType } from "../inline/flat-graph.js";
import type { Graph, Node } from "../model.js";
import { recordOf } from "../operators/operators.js";
import { elementTypeOf } from "../read/element-types.js";
import type { DataType } from "../tensor.js";

/** Element type of a tensor by name, as far as stored values, stated types and operators determine it. */
export type TypeOf = (name: string) => DataType | undefined;

export function elementTypes(graph: Graph, stored: (name: string) => DataType | undefined): TypeOf {
  const known = new Map<string, DataType | undefined>();
  for (const { name, elementType } of [...graph.inputs, ...graph.valueInfo.values(), ...graph.outputs])
    if (elementType) known.set(name, elementTypeOf(elementType).dtype);
  const producers = new Map<string, Node>();
  for (const node of graph.nodes) for (const name of node.outputs) producers.set(name, node);

  /** Follows a chain of producers to one that says its type, without recursion: chains can be long. */
  return (asked) => {
    const chain: string[] = [];
    let name: string | undefined = asked;
    let type: DataType | undefined;
    while (name) {
      type = known.get(name) ?? stored(name);
      if (type || known.has(name)) break;
      chain.push(name);
      known.set(name, undefined);
      const node = producers.get(name);
      const step: Step = node ? made(node, node.outputs.indexOf(name)) : {};
      if (step.type) type = step.type;
      name = step.type ? undefined : step.like;
    }
    for (const link of chain) known.set(link, type);
    return type;
  };
}

/** An output's type, or the input that it has the type of. */
interface Step {
  readonly type?: DataType | undefined;
  readonly like?: string | undefined;
}

function made(node: Node, output: number): Step {
  const types = recordOf(node)?.types;
  const found = types?.[Math.min(output, types.length - 1)];
  if (typeof found === "string") return { type: found };
  const to = node.attributes.get("to") ?? node.attributes.get("dtype");
  if (to?.kind === "int" && to.value) return { type: elementTypeOf(to.value).dtype };
  if (node.op === "ConstantOfShape") {
    const value = node.attributes.get("value");
    return { type: value?.kind === "tensor" ? value.value.dtype : "float32" };
  }
  if (node.op === "If") return { like: node.inputs[1 + output] };
  const loop = loopType(node, output);
  if (loop) return typeof loop === "string" ? { type: loop } : { like: node.inputs[loop.like] };
  if (node.op === "Loop") return { like: node.inputs[2 + output] };
  if (node.op.startsWith("Sequence") && output > 0) return { type: "bool" };
  return { like: node.inputs[found?.like ?? 0] };
}
