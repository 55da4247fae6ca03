export { blaming, type Fault, faultOf } from "./faults.js";
export { removalsOf } from "./removals.js";
export { sha256 } from "./sha256.js";
export { findShuffles, type Shuffle, shuffled } from "./shuffle.js";
export { isCut, shapeAfter, type Uses, usesOf } from "./uses.js";
