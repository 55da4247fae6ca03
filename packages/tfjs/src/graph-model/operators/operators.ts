import type { NodeDef } from "../../model.js";
import type { GraphModelRules } from "../node.js";
import { contraction } from "./contraction.js";
import { control } from "./control.js";
import { dependents } from "./dependent.js";
import { elementwise } from "./elementwise.js";
import { movement } from "./movement.js";
import { norm } from "./norm.js";
import type { OperatorRecord, OperatorTable } from "./record.js";
import { shapes } from "./shape.js";

export const families: readonly OperatorTable[] = [
  elementwise,
  contraction,
  norm,
  shapes,
  movement,
  control,
  dependents,
];

/** Every operator that this package knows. */
export const operators: ReadonlyMap<string, OperatorRecord> = new Map(families.flatMap(Object.entries));

/** What is known of a node's operator. */
export const recordOf = ({ op }: Pick<NodeDef, "op">): OperatorRecord | undefined => operators.get(op);

/** Every rule for NodeDef operators of this package. Extend by spreading: `{ ...graphRules, MyOp: rule }`. */
export const graphRules: GraphModelRules = Object.fromEntries(
  [...operators].map(([op, { rule }]) => [op, rule]),
);
