import { misfit } from "./operator-fit.js";
import { kindsOfSteps, type Steps, smooth } from "./steps.js";
import type { LatencyTable, OperatorTimes } from "./table.js";

/** Steps of every axis, by kind of operator. */
export type StepsByKind = ReadonlyMap<string, readonly Steps[]>;

/** Operators of a kind meet the same code in the runtime. */
export const kindOf = ({ op, axes }: OperatorTimes): string => `${op} ${axes.join()}`;

/** How much better steps must explain what was measured before they are believed. */
const gain = 0.9;

/** Finds in what steps the runtime works, axis by axis, from how well they explain all operators of a kind. */
export function findSteps({ operators }: Pick<LatencyTable, "operators">): StepsByKind {
  const kinds = new Map<string, OperatorTimes[]>();
  for (const operator of operators) {
    const key = kindOf(operator);
    kinds.set(key, [...(kinds.get(key) ?? []), operator]);
  }
  return new Map([...kinds].map(([kind, tables]) => [kind, stepsOf(tables)]));
}

function stepsOf(tables: readonly OperatorTimes[]): Steps[] {
  const axes = tables[0]?.axes ?? [];
  const best = axes.map(() => smooth);
  if (axes.length === 0 || axes[0] === "elements") return best;
  const error = (steps: readonly Steps[]): number =>
    tables.reduce((sum, table) => sum + misfit(table, steps) * table.nodes.length, 0);
  let least = error(best);
  for (let round = 0; round < 2; round++)
    axes.forEach((_, j) => {
      for (const kind of kindsOfSteps) {
        const tried = best.map((steps, i) => (i === j ? kind : steps));
        const found = error(tried);
        if (found >= least * gain) continue;
        least = found;
        best[j] = kind;
      }
    });
  return best;
}
