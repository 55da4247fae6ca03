import type { Rules } from "../node.js";
import { contraction } from "./contraction.js";
import { control } from "./control.js";
import { elementwise } from "./elementwise.js";
import { movement } from "./movement.js";
import { norm } from "./norm.js";
import { shapes } from "./shape.js";

/** Every NodeDef operator this package can follow. Extend by spreading: `{ ...graphRules, MyOp: rule }`. */
export const graphRules: Rules = {
  ...elementwise,
  ...contraction,
  ...norm,
  ...shapes,
  ...movement,
  ...control,
};
