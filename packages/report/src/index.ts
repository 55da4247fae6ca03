export { blocksOf, type NetworkBlock } from "./blocks.js";
export { escaped } from "./escaped.js";
export { type DescribedGroup, describedGroup } from "./groups/described-group.js";
export { type LeftGroup, leftGroups } from "./groups/left-groups.js";
export { type HtmlReport, htmlReport, type ReportedCurve, type ReportedPruning } from "./html.js";
export { type Named, pathsOf } from "./paths.js";
export type { Picture, PictureNode, PictureTensor } from "./picture.js";
export { type PictureOptions, pictureOf } from "./picture-of.js";
export { percentText, shortNumber } from "./view/numbers.js";
