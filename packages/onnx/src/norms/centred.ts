import type { OnnxNode } from "../operators/node.js";
import { operatorName } from "../operators/operators.js";
import type { OnnxSource } from "../trace/source.js";
import type { Centred } from "./whole.js";

/** Looks among a model's nodes for variances that are spelled out. */
export function findCentred(
  source: Pick<OnnxSource, "nodes" | "value">,
): (node: OnnxNode) => Centred | undefined {
  const makers = new Map(source.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const behind = (tensor: string): OnnxNode | undefined => {
    for (let node = makers.get(tensor); ; node = makers.get(node.inputs[0] ?? ""))
      if (!node || (node.op !== "Cast" && node.op !== "Identity")) return node;
  };
  const origin = (tensor: string): string => {
    for (let name = tensor; ; ) {
      const node = makers.get(name);
      if (!node || (node.op !== "Cast" && node.op !== "Identity")) return name;
      name = node.inputs[0] ?? "";
    }
  };
  const squared = (node: OnnxNode): string | undefined => {
    const [x = "", y = ""] = node.inputs;
    if (node.op === "Mul" && x === y) return x;
    const power = node.op === "Pow" ? source.value(y) : undefined;
    return power?.data.length === 1 && Number(power.data[0]) === 2 ? x : undefined;
  };
  return (node) => {
    const squares = behind(node.inputs[0] ?? "");
    const x = squares && squared(squares);
    const difference = x === undefined ? undefined : behind(x);
    if (difference?.op !== "Sub") return undefined;
    for (const input of [0, 1] as const) {
      const mean = difference.inputs[1 - input] ?? "";
      const maker = behind(mean);
      if (!maker || operatorName(maker) !== "ReduceMean") continue;
      if (origin(maker.inputs[0] ?? "") === origin(difference.inputs[input] ?? ""))
        return { difference, input, mean };
    }
    return undefined;
  };
}
