export { computing, mostFollowed, numbers } from "./computing.js";
export { batchOf, type Counting, costOf, costsOf, type Sizes } from "./costs.js";
export { range, withRest, wrap } from "./dims.js";
export { faultOf, interfaceFaultOf } from "./faults.js";
export { type Form, formsOf } from "./forms.js";
export { lookUp, replaceDim, replaceFirst } from "./look-up.js";
export {
  type Border,
  expand,
  type Padded,
  pad,
  pieces,
  reduce,
  slide,
  squeeze,
  stepOf,
  unsqueeze,
} from "./moves.js";
export { removalsOf } from "./removals.js";
export { sha256 } from "./sha256.js";
export { findShuffles, type Shuffle, shuffled } from "./shuffle.js";
export { type Uses, usesOf } from "./uses.js";
