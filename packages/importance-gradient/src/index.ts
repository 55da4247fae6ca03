export { fisher, type GradientOptions, type TaylorOptions, taylor } from "./gradient.js";
export type { GradientData, GradientProbe } from "./gradient-probe.js";
