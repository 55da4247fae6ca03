import { add, type Dim, divide, floorDivide, type Kit, multiply, subtract } from "@prune/graph";
import type { OnnxRule, Rules } from "./node.js";

/** Output positions are the first input's; contents pass through where they are sizes. */
export const same: OnnxRule = (_, kit) => kit.layout(0);

const broadcast: OnnxRule = (_, kit) => kit.broadcast();

/** Broadcasting arithmetic that also computes on sizes. */
const sizes =
  (compute: (a: Dim, b: Dim) => Dim | undefined): OnnxRule =>
  (_, kit) => ({ layout: kit.broadcast(), data: combine(kit, compute) });

function combine(kit: Kit, compute: (a: Dim, b: Dim) => Dim | undefined): Dim[] | undefined {
  const a = kit.data(0);
  const b = kit.data(1);
  if (!a || !b) return undefined;
  const n = Math.max(a.length, b.length);
  if ((a.length !== n && a.length !== 1) || (b.length !== n && b.length !== 1)) return undefined;
  const out: Dim[] = [];
  for (let i = 0; i < n; i++) {
    const value = compute(a[a.length === 1 ? 0 : i] as Dim, b[b.length === 1 ? 0 : i] as Dim);
    if (value === undefined) return undefined;
    out.push(value);
  }
  return out;
}

const quotient = (a: Dim, b: Dim): Dim | undefined =>
  typeof a === "number" && typeof b === "number"
    ? b === 0
      ? undefined
      : Math.trunc(a / b)
    : (divide(a, b) ?? floorDivide(a, b));

const equal = (a: Dim, b: Dim): Dim | undefined =>
  a === b
    ? 1
    : typeof a === "number" && typeof b === "number"
      ? 0
      : typeof a === "string" && typeof b === "number" && b < 0
        ? 0
        : typeof b === "string" && typeof a === "number" && a < 0
          ? 0
          : undefined;

const passing: OnnxRule = (_, kit) => ({ layout: kit.layout(0), data: kit.data(0) });

const each = (names: string, rule: OnnxRule): Rules =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** One cell in, one cell out. */
export const elementwise: Rules = {
  ...each(
    "Relu LeakyRelu Sigmoid HardSigmoid Tanh Gelu Erf Elu Selu Celu Softplus Softsign HardSwish Mish Exp Log Sqrt " +
      "Reciprocal Neg Abs Sign Floor Ceil Round Not Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf " +
      "ThresholdedRelu Shrink Clip Dropout BitwiseNot Swish com.microsoft:QuickGelu com.microsoft:Gelu com.microsoft:FastGelu1",
    same,
  ),
  ...each("Identity Cast", passing),
  ...each(
    "Pow Max Min Mean Sum Less LessOrEqual Greater GreaterOrEqual And Or Xor PRelu BitShift BitwiseAnd BitwiseOr " +
      "BitwiseXor com.microsoft:BiasGelu com.microsoft:FastGelu",
    broadcast,
  ),
  Add: sizes(add),
  Sub: sizes(subtract),
  Mul: sizes(multiply),
  Div: sizes(quotient),
  Mod: sizes((a, b) =>
    typeof a === "number" && typeof b === "number" && b !== 0 ? ((a % b) + b) % b : undefined,
  ),
  Equal: sizes(equal),
  CastLike: (_, kit) => ({ layout: kit.layout(0), data: kit.data(0) }),
  Where: (_, kit) => {
    const [c, a, b] = [kit.data(0), kit.data(1), kit.data(2)];
    const pick = (list: readonly Dim[], i: number): Dim => list[list.length === 1 ? 0 : i] as Dim;
    const n = Math.max(c?.length ?? 0, a?.length ?? 0, b?.length ?? 0);
    const data =
      c && a && b ? Array.from({ length: n }, (_, i) => (pick(c, i) ? pick(a, i) : pick(b, i))) : undefined;
    return { layout: kit.broadcast(), data };
  },
};
