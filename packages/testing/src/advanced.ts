export type { RulePatch, RuleTensor } from "./check-rule.js";
export type { Measured } from "./findings.js";
export { type ConvOptions, type Net, weightsOf } from "./net.js";
export { type RandomOptions, randomNetwork } from "./random-network.js";
export type { StructureName } from "./structures.js";
