import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { withWeights } from "../../../tooling/zoo/made-up-weights.js";
import { modeNames } from "../../../tooling/zoo/modes.js";
import { prove } from "../../../tooling/zoo/prove.js";
import { readRows, rowOf, steady } from "../../../tooling/zoo/text.js";
import { trainedModels } from "../../../tooling/zoo/trained.js";

const table = new URL("../../../docs/models.md", import.meta.url);
const rows = existsSync(table) ? readRows(readFileSync(table, "utf8")) : new Map<string, string[]>();

const models = trainedModels();
/** Quick ones; all: `pnpm zoo --models`. */
const chosen = [...models].filter(([name]) => !/^light\/.*(vgg19|alexnet|densenet|zfnet)/.test(name));

describe.skipIf(models.size === 0)("the law on trained models", () => {
  test.each(chosen)("%s", { timeout: 120_000 }, async (name, path) => {
    const proof = await prove(withWeights(path), { modes: modeNames });
    const cells = (row: readonly string[]): string[] => steady(row).slice(3, 3 + modeNames.length);
    expect(cells(rowOf(name, proof))).toEqual(cells(rows.get(name) ?? []));
    expect([...proof.outcomes.values()].filter(({ verdict }) => verdict === "wrong")).toEqual([]);
  });
});
