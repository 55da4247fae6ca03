export { type LitNode, litOf, placesByTensor, rangesOf } from "./groups/lit-of.js";
export { type Amounts, amountsOf } from "./view/amounts.js";
export { type ColourBy, colourOf, type Shade, type ShadeOptions, shadeBy } from "./view/colours.js";
export type { Lit } from "./view/draw.js";
export { createGraphView, type GraphView, type GraphViewOptions } from "./view/graph-view.js";
export {
  type Box,
  type Inside,
  type LayoutOptions,
  type LayoutRequest,
  layOut,
  layOutAsked,
  type PictureLayout,
} from "./view/nested-layout.js";
export { percentText, shortNumber } from "./view/numbers.js";
