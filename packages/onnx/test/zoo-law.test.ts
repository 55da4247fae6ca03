import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Mode, modeNames } from "../../../tooling/zoo/modes.js";
import { prove } from "../../../tooling/zoo/prove.js";
import { readRows, rowOf, steady } from "../../../tooling/zoo/text.js";
import { hydrated, zooNames, zooRecipe } from "../../../tooling/zoo/zoo.js";

const table = new URL("../../../docs/zoo.md", import.meta.url);
const rows = existsSync(table) ? readRows(readFileSync(table, "utf8")) : new Map<string, string[]>();

const names = zooNames();
const small = names.filter((name) => /^(net|hf)-/.test(name));
const others = names
  .filter((name) => /^(tv|timm|var)-/.test(name))
  .sort((a, b) => (zooRecipe(a)?.weights_bytes ?? 0) - (zooRecipe(b)?.weights_bytes ?? 0))
  .slice(0, 30);

/** What is left and whether it is exact is as in docs/zoo.md; after a change that means to change it: `pnpm zoo --write`. */
async function asCommitted(name: string, modes: readonly Mode[]): Promise<void> {
  const path = (await hydrated(name, { lively: true })) as string;
  const proof = await prove(path, { modes });
  for (const [mode, { verdict, why }] of proof.outcomes) expect([mode, verdict, why]).not.toContain("wrong");
  const cells = (row: readonly string[]): string[] =>
    modes.map((mode) => steady(row)[3 + modeNames.indexOf(mode)] as string);
  expect(cells(rowOf(name, proof))).toEqual(cells(rows.get(name) ?? []));
}

/** All graphs in all modes: `pnpm zoo`. */
describe.skipIf(names.length === 0)("the law on the zoo", () => {
  test.each(small)("%s", { timeout: 120_000 }, (name) => asCommitted(name, ["channels", "both", "ragged"]));
  test.each(others)("%s", { timeout: 120_000 }, (name) => asCommitted(name, ["channels"]));
});
