import { sumTo } from "../graph/broadcast.js";
import { type GradientKit, Unemitted } from "../graph/kit.js";
import type { GradientNode, GradientRules } from "./step.js";

export const matrix: GradientRules = {
  MatMul: matMul,
  Gemm(n, k) {
    const [alpha, beta] = [n.float("alpha", 1), n.float("beta", 1)];
    const [transA, transB] = [n.int("transA", 0), n.int("transB", 0)];
    const gemm = (p: string, q: string, tp: number, tq: number): string =>
      k.gemm(p, q, { transA: tp, transB: tq }, alpha);
    return [
      () => (transA ? gemm(n.b, n.dy, transB, 1) : gemm(n.dy, n.b, 0, 1 - transB)),
      () => (transB ? gemm(n.dy, n.a, 1, transA) : gemm(n.a, n.dy, 1 - transA, 0)),
      () => sumTo(k, beta === 1 ? n.dy : k.mul(n.dy, beta), n.c, k.shape(n.y)),
    ];
  },
  Einsum(n, k) {
    const { operands, result } = equationOf(n);
    return operands.map((own, i) => () => {
      const others = operands.filter((_, j) => j !== i);
      const known = new Set([...result, ...others.join("")]);
      const left = [...own].filter((label) => known.has(label));
      const equation = `${[result, ...others].join(",")}->${left.join("")}`;
      const made = k.emit("Einsum", [n.dy, ...n.inputs.filter((_, j) => j !== i)], {
        equation: { string: equation },
      });
      if (left.length === own.length) return made;
      // A label that only this operand has was summed: its gradient is the same everywhere.
      const missing = [...own].flatMap((label, dim) => (known.has(label) ? [] : [dim]));
      return k.expand(k.unsqueeze(made, missing), k.sizes(n.inputs[i] as string));
    });
  },
};

function matMul(n: GradientNode, k: GradientKit): ReturnType<GradientRules[string]> {
  const [rankA, rankB] = [n.rank(n.a), n.rank(n.b)];
  const left = rankA === 1 ? k.unsqueeze(n.a, [0]) : n.a;
  const right = rankB === 1 ? k.unsqueeze(n.b, [1]) : n.b;
  const added = [...(rankA === 1 ? [-2] : []), ...(rankB === 1 ? [-1] : [])];
  const dy = added.reduce((tensor, axis) => k.unsqueeze(tensor, [axis + Math.max(rankA, rankB, 2)]), n.dy);
  const [shapeA, shapeB, shapeY] = [n.a, n.b, n.y].map((tensor) => k.shape(tensor) ?? []);
  const batch = (shapeY as readonly (number | string)[]).slice(0, Math.max(rankA, rankB, 2) - 2);
  const back = (
    gradient: string,
    operand: string,
    rank: number,
    own: readonly (number | string)[],
  ): string =>
    rank === 1
      ? k.reshape(
          batch.length === 0
            ? gradient
            : k.sum(
                gradient,
                batch.map((_, axis) => axis),
              ),
          k.sizes(operand),
        )
      : sumTo(k, gradient, operand, [...batch, ...own.slice(-2)]);
  return [
    () => back(k.matMul(dy, swapped(k, right, Math.max(rankB, 2))), n.a, rankA, shapeA ?? []),
    () => {
      const [inner, outer] = shapeB ?? [];
      // One product over all rows of the batch, where one matrix serves them all.
      if (rankB === 2 && rankA > 2 && typeof inner === "number" && typeof outer === "number")
        return k.gemm(k.reshape(n.a, [-1, inner]), k.reshape(dy, [-1, outer]), { transA: 1 });
      return back(k.matMul(swapped(k, left, Math.max(rankA, 2)), dy), n.b, rankB, shapeB ?? []);
    },
  ];
}

/** With the last two dims swapped. */
export function swapped(k: GradientKit, x: string, rank: number): string {
  const perm = Array.from({ length: rank }, (_, dim) => dim);
  return k.transpose(x, [...perm.slice(0, -2), rank - 1, rank - 2]);
}

function equationOf(n: GradientNode): { operands: string[]; result: string } {
  const [left, right] = n.text("equation", "").replaceAll(" ", "").split("->");
  const operands = (left as string).split(",");
  if (operands.some((own) => own.includes(".") || new Set(own).size < own.length))
    throw new Unemitted("its equation has an ellipsis or takes a diagonal");
  const all = operands.join("");
  const once = [...new Set(all)].filter((label) => all.split(label).length === 2).sort();
  return { operands, result: right ?? once.join("") };
}
