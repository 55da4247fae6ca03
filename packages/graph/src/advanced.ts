export { costOf, costsOf } from "./account/costs.js";
export { countedText } from "./account/counted.js";
export type { Counting } from "./account/counting.js";
export { batchOf, type Sizes } from "./account/counting.js";
export { type ChangedEnd, changedEnds } from "./account/ends.js";
export { faultOf, interfaceFaultOf } from "./account/faults.js";
export { type Form, formsOf } from "./account/forms.js";
export { removalsOf } from "./account/removals.js";
export { type Hash, hostHash, sha256 } from "./account/sha256.js";
export { type Uses, usesOf } from "./account/uses.js";
export type { ResidualBlock } from "./blocks/find-blocks.js";
export { atOnce, breather, inBreaths, type Steps, stepsBehind, wholeOf } from "./breaths.js";
export { anyText, checkTaken, checkWord, type Taken } from "./check-options.js";
export type { Fault } from "./cut/blame.js";
export { type Kept, keptBy } from "./cut/cut.js";
export { deadCells } from "./cut/dead-cells.js";
export type { Patches, Patching } from "./cut/patching.js";
export { eachRun, indexAt, positionsAt, type RemovedPositions, removedElements } from "./cut/removed.js";
export type { Selection } from "./cut/selection.js";
export type { GraphErrorCode, GraphErrorDetail } from "./errors.js";
export {
  apply,
  compose,
  type IndexMapJson,
  invert,
  mapFromJson,
  mapToJson,
  sameMap,
} from "./group/index-map.js";
export type { GroupItem } from "./group/item.js";
export type { GroupOptions, Groups, Root } from "./group/open-groups.js";
export {
  axisOf,
  axisText,
  membersOf,
  type ParameterAxis,
  rootMemberOf,
  rootOf,
} from "./group/parameter-axis.js";
export { type Block, dimIsNamed, factorsOf, fixed, isNamed, type Layout, shapeOf } from "./layout/layout.js";
export { ownersOfView, refinement } from "./layout/view.js";
export {
  add,
  type Dim,
  divide,
  floorDivide,
  multiply,
  nameOf,
  product,
  ratio,
  sizeAt,
  subtract,
  symbol,
} from "./names/dim.js";
export { Note, type Reason } from "./names/names.js";
export { nearest } from "./nearest.js";
export { ownEntry } from "./own-entry.js";
export { type ChannelStatistics, channelsOfUnits, type ReadTensor } from "./plan/activations.js";
export type { Need, NodeCost, StoredValues, Uncounted, WeightReading } from "./plan/plug-in.js";
export { chooseSizes, openName } from "./sizes/choose-sizes.js";
export { type DefaultSizes, isCache, isOwnMask, isTokens, type OpenInput } from "./sizes/meaning.js";
export { openInputs } from "./sizes/open-inputs.js";
export type { OpenSize, SizeOptions } from "./sizes/open-sizes.js";
export type { Duty, EnclosedTensor, End, Outcome } from "./trace/graph.js";
export type { Labelled } from "./trace/kit.js";
export {
  type Followed,
  followGraph,
  followingGraph,
  openingTrace,
  type RaggedTrace,
} from "./trace/open-trace.js";
export type { Frozen } from "./trace/state.js";
export type { NodePatch, Parameter, Reshaped, Role, Selector, Value } from "./trace/value.js";
export type { Member } from "./units/atom-index.js";
export type { Grid } from "./units/grids.js";
export type { Units } from "./units/units.js";
