export { checkImportance } from "@prune/pruner";
export { checkRule, type RulePatch, type RuleSubject, type RuleTensor } from "./check-rule.js";
export { findingsOf, type Measured, type Subject } from "./findings.js";
export { type ConvOptions, type Net, weightsOf } from "./net.js";
export { type RandomOptions, randomNetwork } from "./random-network.js";
export { type Structure, type StructureName, structures } from "./structures.js";
