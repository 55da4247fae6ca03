import type { Tensor } from "../tensor.js";
import { cast } from "./cast.js";
import { contract } from "./contract.js";
import { reshaped } from "./data.js";
import { map, zip } from "./elementwise.js";
import { type Call, float, input, int, type Operators, string } from "./operator.js";
import { refuse } from "./refuse.js";

/** Operators that multiply and sum. */
export const product: Operators = {
  MatMul: (call) => matmul(input(call, 0), input(call, 1)),
  MatMulInteger: (call) => matmul(centred(call, 0, 2), centred(call, 1, 3)),
  Gemm: (call) => {
    const { node, inputs } = call;
    const a = { tensor: input(call, 0), labels: int(node, "transA") ? ["k", "m"] : ["m", "k"] };
    const b = { tensor: input(call, 1), labels: int(node, "transB") ? ["n", "k"] : ["k", "n"] };
    const alpha = float(node, "alpha") ?? 1;
    const beta = float(node, "beta") ?? 1;
    const result = map(contract([a, b], ["m", "n"]), (x) => alpha * x);
    return inputs[2] ? zip(result, inputs[2], (x, c) => x + beta * c) : result;
  },
  Einsum: (call) => {
    const equation = (string(call.node, "equation") ?? "").replaceAll(" ", "");
    return einsum(
      equation,
      call.inputs.map((_, i) => input(call, i)),
    );
  },
};

function matmul(a: Tensor, b: Tensor): Tensor {
  const [left, right] = [a.shape.length > 1 ? "...ij" : "j", b.shape.length > 1 ? "...jk" : "j"];
  const out = `...${a.shape.length > 1 ? "i" : ""}${b.shape.length > 1 ? "k" : ""}`;
  return einsum(`${left},${right}->${out}`, [a, b]);
}

/** An equation of one-letter labels; "..." stands for axes that broadcast, counted from the last. */
function einsum(equation: string, tensors: readonly Tensor[]): Tensor {
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  if (terms.length !== tensors.length) refuse("an equation for other operands");
  const broadcast = (term: string, i: number) =>
    term.includes("...") ? tensors[i]!.shape.length - (term.length - 3) : 0;
  const most = Math.max(...terms.map(broadcast));
  const operands = terms.map((term, i) => ({
    tensor: tensors[i]!,
    labels: spelled(term, broadcast(term, i)),
  }));
  return contract(operands, spelled(right ?? `...${onceEach(left)}`, most));
}

/** The labels of a term, with "..." spelled out as so many numbers. */
function spelled(term: string, dots: number): string[] {
  const [before = "", after = ""] = term.split("...");
  const numbers = Array.from({ length: dots }, (_, i) => String(dots - i));
  return [...before, ...(term.includes("...") ? numbers : []), ...after];
}

/** Letters that occur once, in alphabetical order: the output of an equation that names none. */
function onceEach(left: string): string {
  const letters = [...left].filter((label) => /[a-z]/i.test(label));
  return letters
    .filter((label) => left.split(label).length === 2)
    .sort()
    .join("");
}

/** Quantized values as int32 with the zero point taken off. */
function centred(call: Call, index: number, zeroIndex: number): Tensor {
  const x = cast(input(call, index), "int32");
  const zero = call.inputs[zeroIndex];
  if (!zero) return x;
  const perRow = index === 0 && zero.shape.length === 1 && zero.data.length > 1;
  const aligned = perRow ? reshaped(zero, [zero.data.length, 1]) : zero;
  return zip(x, aligned, (value, z) => value - z);
}
