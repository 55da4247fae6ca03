export type { Call as FoldCall, Operator as Fold } from "./fold/operator.js";
export type { Fill } from "./mask/gate.js";
export { averages, contracts, every, reduces } from "./mask/gates.js";
export type { Mask } from "./mask/mask.js";
export type { Masker, Masking } from "./mask/masking.js";
export type { Whole } from "./norms/whole.js";
export { broadcast, same } from "./operators/elementwise.js";
export { filterMacs, productMacs } from "./operators/macs.js";
export { float, floats, has, int, ints, type OnnxNode, type OnnxRule, text } from "./operators/node.js";
export { operators } from "./operators/operators.js";
export { type OwnOperator, type OwnOperators, withOperators } from "./operators/own.js";
export {
  adds,
  bare,
  type Channels,
  type Macs,
  type OperatorRecord,
  type OperatorTable,
  type OutputType,
} from "./operators/record.js";
