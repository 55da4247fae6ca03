export { fisher, type GradientOptions, obd, type TaylorOptions, taylor } from "./gradient.js";
export type { CurvatureProbe, GradientData, GradientProbe } from "./gradient-probe.js";
