import type { Node } from "../model.js";
import { attentions } from "./attention.js";
import { contraction } from "./contraction.js";
import { control } from "./control.js";
import { detection } from "./detection.js";
import { elementwise } from "./elementwise.js";
import { expertOperators } from "./experts.js";
import { fused } from "./fused.js";
import { movement } from "./movement.js";
import type { Rules } from "./node.js";
import { norm } from "./norm.js";
import { quantised } from "./quantised.js";
import type { OperatorRecord, OperatorTable } from "./record.js";
import { recurrent } from "./recurrent.js";
import { scatters } from "./scatter.js";
import { shapes } from "./shape.js";

export const families: readonly OperatorTable[] = [
  ...[
    elementwise,
    contraction,
    norm,
    shapes,
    movement,
    scatters,
    recurrent,
    quantised,
    attentions,
    fused,
    detection,
    control,
    expertOperators,
  ],
];

/** Every operator that this package knows. */
export const operators: ReadonlyMap<string, OperatorRecord> = new Map(families.flatMap(Object.entries));

/** Whether a node's operator is ONNX's own. */
export const isStandard = ({ domain }: Pick<Node, "domain">): boolean =>
  domain === "" || domain === "ai.onnx";

/** The operator of a node as tables name it. */
export const operatorName = (node: Pick<Node, "op" | "domain">): string =>
  isStandard(node) ? node.op : `${node.domain}:${node.op}`;

/** What is known of a node's operator. */
export const recordOf = (node: Pick<Node, "op" | "domain" | "own">): OperatorRecord | undefined =>
  (node.own as OperatorRecord | undefined) ?? operators.get(operatorName(node));

/** Every rule of this package. Extend by spreading: `{ ...rules, "my.domain:Op": rule }`. */
export const rules: Rules = Object.fromEntries([...operators].map(([name, { rule }]) => [name, rule]));
