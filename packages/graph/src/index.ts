export { PruneError } from "@prune/errors";
export { costOf, costsOf } from "./account/costs.js";
export { macsOf } from "./account/counted.js";
export type { Counting } from "./account/counting.js";
export { removalsOf } from "./account/removals.js";
export { sha256 } from "./account/sha256.js";
export { type Cut, type Kept, keptBy } from "./cut/cut.js";
export type { Finding } from "./cut/finding.js";
export { GraphError } from "./errors.js";
export type { Axis } from "./group/axis.js";
export type { Dependency } from "./group/dependency.js";
export type { FrozenAxis } from "./group/frozen-axes.js";
export type { Group } from "./group/group.js";
export { type IndexMap, printMap } from "./group/index-map.js";
export type { GroupItem } from "./group/item.js";
export type { GroupOptions, Root } from "./group/open-groups.js";
export type { ActivationProbe, ActivationReader } from "./plan/activations.js";
export { emptyPlan, type Plan } from "./plan/plan.js";
export type {
  Backend,
  Cost,
  Importance,
  Need,
  NodeCost,
  Probe,
  Removal,
  WeightData,
} from "./plan/plug-in.js";
export type { SizesByName } from "./sizes/choose-sizes.js";
export type { GraphNode, GraphSource, Rule } from "./trace/graph.js";
export type { Kit } from "./trace/kit.js";
export { openTrace, type Trace } from "./trace/open-trace.js";
export type { Member } from "./units/atom-index.js";
export type { Family } from "./units/families.js";
