import { expect, it } from "vitest";
import { type Failure, fuzz, type Kind, kinds } from "../../../tooling/fuzz/run.js";

it("300 damaged models, plans and files are pruned by the law or refused by typed errors", async () => {
  const failures: string[] = [];
  const onFailure = ({ base, seeds, mutant, outcome }: Failure): void => {
    const { code, message } = outcome;
    failures.push(`${base.kind} "${base.name}" ${seeds}: ${mutant.edits.join("; ")}: ${code}: ${message}`);
  };
  const counts = await fuzz({ kinds: Object.keys(kinds) as Kind[], count: 300, seed: 7, onFailure });
  expect(failures).toEqual([]);
  const all = [...counts.values()];
  expect(all.reduce((sum, { fine, typed }) => sum + fine + typed, 0)).toBe(300);
  // Where everything is refused, nothing is learned of what is behind.
  for (const { fine } of all) expect(fine).toBeGreaterThan(3);
}, 300_000);
