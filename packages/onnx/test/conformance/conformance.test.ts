import { describe, expect, test } from "vitest";
import { checkCase, checkShapes, operatorOf } from "../../../../tooling/conformance/check-case.js";
import { hasNodeCases, nodeCases } from "./node-cases.js";

/** All shapes, and the law on some cases of every operator; all of them: `pnpm conformance`. */
describe.skipIf(!hasNodeCases)("the conformance cases of ONNX", () => {
  const cases = hasNodeCases ? nodeCases() : [];
  const seen = new Map<string, number>();
  const some = cases.filter((nodeCase) => {
    const operator = operatorOf(nodeCase);
    seen.set(operator, (seen.get(operator) ?? 0) + 1);
    return (seen.get(operator) as number) <= 3;
  });

  test(`shapes of ${cases.length} cases are as recorded`, { timeout: 120_000 }, () => {
    const found = cases.map(checkShapes);
    expect(found.flatMap(({ wrong }) => wrong)).toEqual([]);
    expect(found.reduce((sum, { compared }) => sum + compared, 0)).toBeGreaterThanOrEqual(3500);
  });

  test("the law holds for what each operator leaves free", { timeout: 120_000 }, async () => {
    const wrong: string[] = [];
    let exact = 0;
    for (const nodeCase of some)
      for (const flows of ["first", "all"] as const) {
        const { verdict, why } = await checkCase(nodeCase, flows);
        if (verdict === "wrong") wrong.push(`${nodeCase.name} (${flows}): ${why}`);
        if (verdict === "refused") wrong.push(`${nodeCase.name} (${flows}) is refused: ${why}`);
        if (verdict === "exact") exact++;
      }
    expect(wrong).toEqual([]);
    expect(exact).toBeGreaterThanOrEqual(400);
  });
});
