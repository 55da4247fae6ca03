import { type Dim, divide, floorDivide } from "@prune/graph";
import {
  combined,
  equal,
  fractionOf,
  greater,
  greaterOrEqual,
  isReal,
  less,
  lessOrEqual,
  maximum,
  minimum,
  minus,
  plus,
  rounded,
  times,
} from "./contents.js";
import { has, int, type OnnxRule, type Rules } from "./node.js";

/** Output positions are the first input's. */
export const same: OnnxRule = (_, kit) => kit.layout(0);

export const broadcast: OnnxRule = (_, kit) => kit.broadcast();

type Compute = (...cells: Dim[]) => Dim | undefined;

/** Broadcasting arithmetic that also computes on sizes known only at run time. */
const sizes =
  (compute: Compute): OnnxRule =>
  (node, kit) => ({
    layout: kit.broadcast(),
    data: combined(
      kit,
      node.inputs.map((_, i) => i),
      compute,
    ),
  });

const quotient =
  (real: boolean): Compute =>
  (a = 0, b = 0) => {
    if (typeof a === "number" && typeof b === "number") {
      return b === 0 ? undefined : real ? a / b : Math.trunc(a / b);
    }
    return divide(a, b) ?? (real ? fractionOf(a, b) : floorDivide(a, b));
  };

const remainder: Compute = (a, b) =>
  typeof a === "number" && typeof b === "number" && b !== 0 ? ((a % b) + b) % b : undefined;

/** Applied from left to right over any number of inputs. */
const folded =
  (compute: (a: Dim, b: Dim) => Dim): Compute =>
  (...cells) =>
    cells.reduce(compute);

/** One input, cell by cell. */
const each1 =
  (compute: Compute): OnnxRule =>
  (_, kit) => ({ layout: kit.layout(0), data: combined(kit, [0], compute) });

const truth = (d: Dim | undefined): boolean | undefined => (typeof d === "number" ? d !== 0 : undefined);
const logic =
  (compute: (a: boolean, b: boolean) => boolean): Compute =>
  (a, b) => {
    const [p, q] = [truth(a), truth(b)];
    return p === undefined || q === undefined ? undefined : Number(compute(p, q));
  };

/** Contents pass through; fractions are cut off where the new type has none. */
const cast: OnnxRule = (node, kit) => {
  const to = node.typeOf(node.outputs[0] ?? "");
  const whole = to !== undefined && /^u?int/.test(to) ? rounded("whole", Math.trunc) : undefined;
  const compute: Compute = (a = 0) =>
    to === "bool" ? (typeof a === "number" ? Number(a !== 0) : undefined) : whole ? whole(a) : a;
  return { layout: kit.layout(0), data: combined(kit, [0], compute) };
};

const passing: OnnxRule = (_, kit) => ({ layout: kit.layout(0), data: kit.raw(0)?.data });

const each = (names: string, rule: OnnxRule): Rules =>
  Object.fromEntries(names.split(" ").map((name) => [name, rule]));

/** One cell in, one cell out. */
export const elementwise: Rules = {
  ...each(
    "Relu LeakyRelu Sigmoid HardSigmoid Tanh Gelu Erf Elu Selu Celu Softplus Softsign HardSwish Mish Exp Log Sqrt " +
      "Reciprocal Abs Sign Round Sin Cos Tan Asin Acos Atan Sinh Cosh Asinh Acosh Atanh IsNaN IsInf " +
      "ThresholdedRelu Shrink Clip BitwiseNot Swish BitCast",
    same,
  ),
  Identity: passing,
  Cast: cast,
  CastLike: cast,
  Dropout: (node, kit) => {
    const x = kit.layout(0);
    const training = has(node, 2) && kit.data(2)?.[0] !== 0;
    if (training && node.attributes.has("seed"))
      kit.pin(x, undefined, "drawn by position from a seed", "random");
    return node.outputs.map(() => x);
  },
  Floor: each1(rounded("floor", Math.floor)),
  Ceil: each1(rounded("ceil", Math.ceil)),
  Neg: each1((a = 0) => minus(0, a)),
  Not: each1((a) => (truth(a) === undefined ? undefined : Number(!truth(a)))),
  ...each("Pow Mean PRelu BitShift BitwiseAnd BitwiseOr BitwiseXor", broadcast),
  Add: sizes(plus as Compute),
  Sub: sizes(minus as Compute),
  Mul: sizes(times as Compute),
  Div: (node, kit) => ({ layout: kit.broadcast(), data: combined(kit, [0, 1], quotient(isReal(node, 0))) }),
  Mod: (node, kit) => ({
    layout: kit.broadcast(),
    data: int(node, "fmod", 0) ? undefined : combined(kit, [0, 1], remainder),
  }),
  Max: sizes(folded(maximum)),
  Min: sizes(folded(minimum)),
  Sum: sizes(folded(plus)),
  Equal: sizes(equal as Compute),
  Less: sizes(less as Compute),
  LessOrEqual: sizes(lessOrEqual as Compute),
  Greater: sizes(greater as Compute),
  GreaterOrEqual: sizes(greaterOrEqual as Compute),
  And: sizes(logic((a, b) => a && b)),
  Or: sizes(logic((a, b) => a || b)),
  Xor: sizes(logic((a, b) => a !== b)),
  Where: sizes((c, a, b) => (a === b ? a : truth(c) === undefined ? undefined : truth(c) ? a : b)),
};
