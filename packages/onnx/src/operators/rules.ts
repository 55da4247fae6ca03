import { attentions } from "./attention.js";
import { contraction } from "./contraction.js";
import { control } from "./control.js";
import { detection } from "./detection.js";
import { elementwise } from "./elementwise.js";
import { fused } from "./fused.js";
import { movement } from "./movement.js";
import type { Rules } from "./node.js";
import { norm } from "./norm.js";
import { quantised } from "./quantised.js";
import { recurrentRules } from "./recurrent.js";
import { scatter } from "./scatter.js";
import { shapes } from "./shape.js";

/** Every operator this package can follow. Extend by spreading: `{ ...rules, "my.domain:Op": rule }`. */
export const rules: Rules = {
  ...elementwise,
  ...contraction,
  ...norm,
  ...shapes,
  ...movement,
  ...scatter,
  ...recurrentRules,
  ...quantised,
  ...attentions,
  ...fused,
  ...detection,
  ...control,
};
