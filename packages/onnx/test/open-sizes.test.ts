import { describe, expect, test } from "vitest";
import { prove } from "../../../tooling/zoo/prove.js";
import { hydrated, zooNames, zooRecipe } from "../../../tooling/zoo/zoo.js";

const open = zooNames().filter((name) =>
  zooRecipe(name)?.inputs.some(({ shape }) => shape.some((size) => typeof size === "string")),
);

/** Batch, length, height and width that a graph leaves open stay open: the cut runs on three sizes. */
describe.skipIf(open.length === 0)("sizes that a graph leaves open (needs ../shared)", () => {
  test.each(open)("%s", { timeout: 120_000 }, async (name) => {
    const path = (await hydrated(name, { lively: true })) as string;
    const heads = await prove(path, { modes: ["both"], seeds: 3 });
    const plain = heads.outcomes.get("both")?.verdict === "none";
    const { outcomes } = plain ? await prove(path, { modes: ["channels"], seeds: 3 }) : heads;
    for (const { verdict, law } of outcomes.values()) expect([verdict, law?.shapes]).toEqual(["exact", 3]);
  });
});
