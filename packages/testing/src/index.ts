export { checkImportance } from "@prune/pruner";
export { checkRule, type RuleSubject } from "./check-rule.js";
export { findingsOf, type Subject } from "./findings.js";
export { type Structure, structures } from "./structures.js";
