import { activation } from "./activation.js";
import { arithmetic } from "./arithmetic.js";
import { bitwise } from "./bitwise.js";
import { casts } from "./cast.js";
import { comparison } from "./comparison.js";
import { constant } from "./constant.js";
import { gather } from "./gather.js";
import { join } from "./join.js";
import { movement } from "./movement.js";
import { normalization } from "./normalization.js";
import type { Operators } from "./operator.js";
import { order } from "./order.js";
import { product } from "./product.js";
import { quantization } from "./quantize.js";
import { reductions } from "./reduce.js";
import { reshape } from "./reshape.js";
import { scatter } from "./scatter.js";
import { slice } from "./slice.js";
import { unary } from "./unary.js";

/** Every operator of the default domain that folding covers. */
export const operators: Operators = {
  ...activation,
  ...arithmetic,
  ...bitwise,
  ...casts,
  ...comparison,
  ...constant,
  ...gather,
  ...join,
  ...movement,
  ...normalization,
  ...order,
  ...product,
  ...quantization,
  ...reductions,
  ...reshape,
  ...scatter,
  ...slice,
  ...unary,
};
