export { checkImportance } from "@prune/pruner";
export { checkRule, type RulePatch, type RuleSubject, type RuleTensor } from "./check-rule.js";
export { findingsOf, type Subject } from "./findings.js";
export { type Structure, type StructureName, structures } from "./structures.js";
