export { escaped } from "./escaped.js";
export { type LeftGroup, leftGroups } from "./groups/left-groups.js";
export { type Named, pathsOf } from "./paths.js";
export type { PictureNode, PictureTensor } from "./picture.js";
export type { PictureOptions } from "./picture-of.js";
export { percentText, shortNumber } from "./view/numbers.js";
