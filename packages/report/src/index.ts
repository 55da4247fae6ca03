export { blocksOf, type NetworkBlock } from "./blocks.js";
export { type DescribedGroup, describedGroup } from "./groups/described-group.js";
export { type HtmlReport, htmlReport, type ReportedCurve, type ReportedPruning } from "./html.js";
export type { Picture } from "./picture.js";
export { pictureOf } from "./picture-of.js";
