import type { LayerRules } from "../node.js";
import { contraction } from "./contraction.js";
import { elementwise } from "./elementwise.js";
import { recurrentLayers } from "./recurrent.js";
import { shapes } from "./shape.js";

/** Every layer class this package can follow. Extend by spreading: `{ ...layerRules, MyLayer: rule }`. */
export const layerRules: LayerRules = {
  ...elementwise,
  ...contraction,
  ...recurrentLayers,
  ...shapes,
};
