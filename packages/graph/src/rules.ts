export { type BlockOptions, findBlocks } from "./blocks/find-blocks.js";
export { computing, mostFollowed, numbers } from "./rules/computing.js";
export { range, withRest, wrap } from "./rules/dims.js";
export { lookUp, replaceDim, replaceFirst } from "./rules/look-up.js";
export {
  type Border,
  expand,
  ones,
  type Padded,
  pad,
  pieces,
  reduce,
  slide,
  squeeze,
  stepOf,
  unsqueeze,
} from "./rules/moves.js";
export { type Join, joining, pattern } from "./rules/pattern.js";
export {
  asLong,
  differ,
  dimsAt,
  einsumFault,
  firstFault,
  misfit,
  rankOf,
  type Seen,
  type ShapeTest,
  seenBy,
  shown,
  stretches,
  stretchFault,
} from "./rules/shape-tests.js";
export { findShuffles, type Shuffle, shuffled } from "./rules/shuffle.js";
export { type Support, says } from "./rules/support.js";
