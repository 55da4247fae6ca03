export { type Scatter, type ScatterPoint, scatterSvg } from "./sweep/scatter.js";
export { type SweepPage, type SweepRow, sweepPage } from "./sweep/sweep-page.js";
export { shortNumber } from "./view/numbers.js";
