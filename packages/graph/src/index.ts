export { PruneError } from "@prune/errors";
export { costOf, costsOf } from "./account/costs.js";
export { countedText, macsOf } from "./account/counted.js";
export { batchOf, type Counting, type Sizes } from "./account/counting.js";
export { type ChangedEnd, changedEnds } from "./account/ends.js";
export { faultOf, interfaceFaultOf } from "./account/faults.js";
export { type Form, formsOf } from "./account/forms.js";
export { removalsOf } from "./account/removals.js";
export { sha256 } from "./account/sha256.js";
export { type Uses, usesOf } from "./account/uses.js";
export type { ResidualBlock } from "./blocks/find-blocks.js";
export type { Fault } from "./cut/blame.js";
export { type Cut, type Kept, keptBy } from "./cut/cut.js";
export { deadCells } from "./cut/dead-cells.js";
export type { Finding } from "./cut/finding.js";
export type { Patches, Patching } from "./cut/patching.js";
export { type RemovedPositions, removedElements } from "./cut/removed.js";
export type { Selection } from "./cut/selection.js";
export { GraphError, type GraphErrorCode, type GraphErrorDetail } from "./errors.js";
export type { Axis } from "./group/axis.js";
export type { Dependency } from "./group/dependency.js";
export type { FrozenAxis } from "./group/frozen-axes.js";
export type { Group } from "./group/group.js";
export {
  apply,
  compose,
  type IndexMap,
  type IndexMapJson,
  invert,
  mapFromJson,
  mapToJson,
  printMap,
  sameMap,
} from "./group/index-map.js";
export type { GroupItem } from "./group/item.js";
export type { GroupOptions, Groups, Root } from "./group/open-groups.js";
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
export {
  type ActivationProbe,
  type ActivationReader,
  type ChannelStatistics,
  channelsOfUnits,
  type ReadTensor,
} from "./plan/activations.js";
export { emptyPlan, type Plan } from "./plan/plan.js";
export type {
  Backend,
  Cost,
  Importance,
  Need,
  NodeCost,
  Probe,
  Removal,
  StoredValues,
  Uncounted,
  WeightData,
  WeightReading,
} from "./plan/plug-in.js";
export { chooseSizes, openName, type SizesByName } from "./sizes/choose-sizes.js";
export { type DefaultSizes, isCache, isOwnMask, isTokens, type OpenInput } from "./sizes/meaning.js";
export { openInputs } from "./sizes/open-inputs.js";
export type { OpenSize, SizeOptions } from "./sizes/open-sizes.js";
export type { Duty, EnclosedTensor, End, GraphNode, GraphSource, Outcome, Rule } from "./trace/graph.js";
export type { Kit, Labelled } from "./trace/kit.js";
export { followGraph, openTrace, type RaggedTrace, type Trace } from "./trace/open-trace.js";
export type { Frozen } from "./trace/state.js";
export type { NodePatch, Parameter, Reshaped, Role, Selector, Value } from "./trace/value.js";
export type { Member } from "./units/atom-index.js";
export type { Family } from "./units/families.js";
export type { Grid } from "./units/grids.js";
export type { Units } from "./units/units.js";
