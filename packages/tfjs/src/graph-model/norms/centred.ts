import type { TfNode } from "../node.js";
import { nodeOf } from "../order.js";

/** A variance spelled out: mean((x - mean(x))^2). */
export interface Centred {
  /** The node that subtracts the mean, and the input that it subtracts from or is subtracted. */
  readonly difference: TfNode;
  readonly input: 0 | 1;
  /** The mean that is subtracted. */
  readonly mean: string;
}

const passing: ReadonlySet<string> = new Set(["Identity", "StopGradient", "Cast"]);

/** Looks among nodes for the squares of what lies around a mean, of which a node takes the mean. */
export function findCentred(nodes: readonly TfNode[]): (node: TfNode) => Centred | undefined {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const behind = (tensor: string): TfNode | undefined => {
    let node = byName.get(nodeOf(tensor));
    while (node && passing.has(node.op)) node = byName.get(nodeOf(node.inputs[0] ?? ""));
    return node;
  };
  const origin = (tensor: string): string => {
    const node = byName.get(nodeOf(tensor));
    return node && passing.has(node.op) ? origin(node.inputs[0] ?? "") : tensor;
  };
  const differenceOf = (squares: TfNode | undefined): TfNode | undefined => {
    if (squares?.op === "SquaredDifference") return squares;
    const [x = "", y = ""] = squares?.inputs ?? [];
    const isSquare = squares?.op === "Square" || (squares?.op === "Mul" && x === y);
    const difference = isSquare ? behind(x) : undefined;
    return difference?.op === "Sub" ? difference : undefined;
  };
  return (node) => {
    const difference = differenceOf(behind(node.inputs[0] ?? ""));
    if (!difference) return undefined;
    for (const input of [0, 1] as const) {
      const mean = difference.inputs[1 - input] ?? "";
      const maker = behind(mean);
      if (maker?.op === "Mean" && origin(maker.inputs[0] ?? "") === origin(difference.inputs[input] ?? ""))
        return { difference, input, mean };
    }
    return undefined;
  };
}
