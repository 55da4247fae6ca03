import { says } from "@prune/graph/rules";
import { movement } from "../contents/movement.js";
import type { TfRule } from "../node.js";
import { bare, type OperatorTable } from "./record.js";

/** Nothing of its inputs is followed. */
const depends: TfRule = (node, kit) => kit.opaque(`what ${node.op} gives depends on all that it reads`);

const dependent = {
  ...bare,
  rule: depends,
  inputs: 1,
  support: says("nothing: what it gives depends on what its inputs hold", "its inputs"),
} as const;

/** Operators whose outputs depend on what their inputs hold, not on where it lies. */
export const dependents: OperatorTable = {
  SparseToDense: { ...dependent, inputs: 4, contents: movement.SparseToDense },
  Unique: { ...dependent, outputs: { names: ["y", "idx"] } },
  UniqueV2: { ...dependent, inputs: 2, outputs: { names: ["y", "idx"] } },
};
