// Every conformance case of ONNX: shapes as recorded, and the law for what the operator leaves free, counted by
// operator. Exits 1 when anything is wrong.
//   pnpm conformance [PART OF A NAME]

import { nodeCases } from "../../packages/onnx/test/conformance/node-cases.js";
import { checkCase, checkShapes, operatorOf, type Verdict } from "./check-case.js";

interface Count {
  cases: number;
  shapes: number;
  readonly verdicts: Map<Verdict, number>;
}

const part = process.argv[2] ?? "";
const counts = new Map<string, Count>();
const wrong: string[] = [];
for (const nodeCase of nodeCases()) {
  if (!nodeCase.name.includes(part)) continue;
  const operator = operatorOf(nodeCase);
  const count = counts.get(operator) ?? { cases: 0, shapes: 0, verdicts: new Map() };
  counts.set(operator, count);
  const shapes = checkShapes(nodeCase);
  count.cases++;
  count.shapes += shapes.compared;
  wrong.push(...shapes.wrong);
  for (const flows of ["first", "all"] as const) {
    const { verdict, why } = await checkCase(nodeCase, flows);
    count.verdicts.set(verdict, (count.verdicts.get(verdict) ?? 0) + 1);
    if (verdict === "wrong") wrong.push(`${nodeCase.name} (${flows}): ${why}`);
  }
}

for (const [operator, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  console.log(line(operator, count));
console.log(line("all", total([...counts.values()])));
for (const text of wrong) console.log(`WRONG ${text}`);
process.exitCode = wrong.length > 0 ? 1 : 0;

function line(operator: string, { cases, shapes, verdicts }: Count): string {
  const law = [...verdicts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([verdict, n]) => `${n} ${verdict}`);
  return `${operator.padEnd(44)} ${String(cases).padStart(5)} cases, ${String(shapes).padStart(5)} shapes; law: ${law.join(", ")}`;
}

function total(all: readonly Count[]): Count {
  const verdicts = new Map<Verdict, number>();
  for (const count of all)
    for (const [verdict, n] of count.verdicts) verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + n);
  const sum = (key: "cases" | "shapes"): number => all.reduce((n, count) => n + count[key], 0);
  return { cases: sum("cases"), shapes: sum("shapes"), verdicts };
}
