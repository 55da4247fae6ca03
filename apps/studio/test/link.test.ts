import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Recipe } from "@prune/pruner";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { randomStream } from "@prune/samples";
import { modelToFiles } from "@prune/tfjs/advanced";
import { createWorkflow } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { buildModel } from "../../../packages/onnx/test/exported/builder.js";
import { buildGraph } from "../../../packages/tfjs/test/build-graph.js";
import { packedRecipe, unpackedRecipe } from "../src/engine/linked-recipe.js";
import { linkedOf } from "../src/share.js";
import { seriousFaults } from "./axe.js";
import { inChromium, pictures, timeout } from "./in-chromium.js";
import type { Site } from "./page.js";
import { download, openSample } from "./steps.js";

const sample = fileURLToPath(new URL("../../cli/sample/glyphs.onnx", import.meta.url));

/** Prunes the sample, or another model, in Node. */
async function prunedByNode(
  how: object,
  model: Uint8Array = readFileSync(sample),
): Promise<{ bytes: Uint8Array; recipe: Recipe }> {
  const workflow = createWorkflow({ formats: [onnxFormat({ runtime: nodeRuntime() })] });
  return workflow.prune(model, { heads: 0, headDims: 0, ...how });
}

const filed = (name: string, contents: string | Uint8Array) => ({
  name,
  mimeType: "application/octet-stream",
  buffer: Buffer.from(contents),
});

test("a recipe in a link is the recipe, and a damaged or swollen one is refused with its code", async () => {
  const { recipe } = await prunedByNode({ ratio: 0.4, verify: false });
  const link = await packedRecipe(recipe);
  expect(link).toMatch(/^[\w-]+$/);
  expect(link.length).toBeLessThan(JSON.stringify(recipe).length / 5);
  expect(await unpackedRecipe(link)).toEqual(JSON.parse(JSON.stringify(recipe)));
  const refused = { name: "LinkError", code: "damaged-link" };
  for (const other of [link.slice(0, -9), `${link.slice(0, 40)}AAAA${link.slice(44)}`, "AAAA", "a.b", ""])
    await expect(unpackedRecipe(other), other).rejects.toMatchObject(refused);
  const removed = Array.from({ length: 60_000 }, (_, i) => i * 7919 + ((i * i * 31) % 7919));
  const [first, ...rest] = recipe.parameters;
  const selectors = [{ view: [], dims: [], removed }];
  const large = {
    ...recipe,
    parameters: [{ ...(first as (typeof recipe.parameters)[number]), selectors }, ...rest],
  };
  await expect(packedRecipe(large)).rejects.toMatchObject({ code: "link-too-long" });
  const bomb = new Blob(["0 ".repeat(4_000_000)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const swollen = Buffer.from(await new Response(bomb).arrayBuffer()).toString("base64url");
  await expect(unpackedRecipe(swollen)).rejects.toMatchObject({ ...refused, message: /MiB/ });
});

inChromium("links", (studio) => {
  const at = (hash: string): Site => ({ ...studio.site(), url: `${studio.site().url}${hash}` });
  const make = async (page: Page): Promise<Buffer> => {
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    return download(page, "glyphs-smaller.onnx");
  };
  const held = (page: Page) => page.getByText(/^This is the plan that the link holds/);

  test("a link restores options and plan, and the bytes are the same", { timeout }, async () => {
    const { page } = await studio.open();
    await openSample(page);
    await page.getByRole("slider", { name: "Remove" }).fill("0.4");
    await page.getByText("40 %", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Copy a link to this plan" }).click();
    await page.waitForURL(/plan=/);
    const { hash } = new URL(page.url());
    await page.close();

    const { recipe, bytes } = await prunedByNode({ ratio: 0.4 });
    const found = await unpackedRecipe(linkedOf(hash)?.plan ?? "");
    expect(found.parameters).toEqual(recipe.parameters);
    expect(found.source).toEqual(recipe.source);

    const there = await studio.open(at(hash));
    await openSample(there.page);
    await there.page.getByText("40 %", { exact: true }).waitFor();
    await held(there.page).waitFor();
    await there.page.screenshot({ path: `${pictures}link.png` });
    expect(Buffer.compare(await make(there.page), bytes)).toBe(0);
    await there.page.screenshot({ path: `${pictures}link-make.png` });
    expect(there.complaints).toEqual([]);
    await there.page.close();
  });

  test("the plan is the link's also where its options would plan another", { timeout }, async () => {
    // What l1 leaves by 0.35 stands beside the options of l2 by 0.4.
    const other = await prunedByNode({ ratio: 0.35, importance: "l1" });
    const usual = await prunedByNode({ ratio: 0.4 });
    expect(other.recipe.parameters).not.toEqual(usual.recipe.parameters);
    const plan = await packedRecipe(other.recipe);
    const { page, complaints } = await studio.open(at(`#criterion=l2&by=ratio&amount=0.4&plan=${plan}`));
    await openSample(page);
    await held(page).waitFor();
    expect(Buffer.compare(await make(page), other.bytes)).toBe(0);
    const recipe = JSON.parse((await download(page, "Recipe")).toString()) as Recipe;
    expect(recipe.parameters).toEqual(other.recipe.parameters);
    // Another option is planned here, and the link's again is the link's.
    await page.getByRole("tab", { name: "Choose" }).click();
    await page.getByRole("slider", { name: "Remove" }).fill("0.41");
    await page.getByText("41 %", { exact: true }).waitFor();
    await held(page).waitFor({ state: "detached" });
    await page.getByRole("slider", { name: "Remove" }).fill("0.4");
    await held(page).waitFor();
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a plan of another model and a damaged one are refused, and the options stay", {
    timeout,
  }, async () => {
    const { recipe } = await prunedByNode({ ratio: 0.4, verify: false });
    const sha256 = "0".repeat(64);
    const foreign = await packedRecipe({ ...recipe, source: { ...recipe.source, sha256 } });
    const whole = await packedRecipe(recipe);
    for (const [plan, why] of [
      [foreign, /^The recipe belongs to another model: its sha256 is /],
      [whole.slice(0, -20), /^The plan in this link can't be read/],
    ] as const) {
      const { page } = await studio.open(at(`#criterion=l1&by=ratio&amount=0.4&plan=${plan}`));
      await openSample(page);
      await page.getByRole("alert").getByText(why).waitFor();
      await page.getByText("40 %", { exact: true }).waitFor();
      expect(await held(page).count()).toBe(0);
      expect(await page.getByLabel("Criterion").inputValue()).toBe("l1");
      await page.screenshot({ path: `${pictures}link-refused.png` });
      await page.getByRole("slider", { name: "Remove" }).fill("0.3");
      await page.getByRole("alert").waitFor({ state: "detached" });
      await page.close();
    }
  });

  test("a plan that is too long for a link is a file, and the link holds its options", {
    timeout,
  }, async () => {
    // Which of so many units leave takes more characters than a link holds.
    const units = 131_072;
    const next = randomStream(0, "weights");
    const random = (n: number): number[] => Array.from({ length: n }, () => next.integer(2000) / 1000 - 1);
    const wide = buildModel((g) => {
      const hidden = g.op("Relu", [
        g.op("MatMul", [g.input("x", [1, 2]), g.floats([2, units], random(2 * units))]),
      ]);
      g.op("MatMul", [hidden, g.floats([units, 1], random(units))], {}, "y");
      g.output("y");
    });
    const { page, complaints } = await studio.open();
    await page.getByLabel("Model files").setInputFiles(filed("wide.onnx", wide));
    await page.getByRole("heading", { name: "Layers" }).waitFor();
    await page.getByRole("slider", { name: "Remove" }).fill("0.4");
    await page.getByText("40 %", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Copy a link to this plan" }).click();
    await page.getByText(/^The plan takes \d+ characters, and a link holds at most 16000/).waitFor();
    const { hash } = new URL(page.url());
    expect(hash).toMatch(/amount=0\.4/);
    expect(hash).not.toMatch(/plan=/);
    await page.screenshot({ path: `${pictures}link-too-long.png` });
    expect(await seriousFaults(page)).toEqual([]);
    const found = JSON.parse((await download(page, "Recipe of the plan")).toString()) as Recipe;
    const { recipe } = await prunedByNode({ ratio: 0.4, verify: false }, wide);
    expect(found.parameters).toEqual(recipe.parameters);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a link of a TensorFlow.js model holds its plan, also where its options would plan another", {
    timeout,
  }, async () => {
    const { json, shards } = modelToFiles(
      buildGraph((b) => {
        const hidden = b.node("Relu", [b.node("MatMul", [b.input("x", [1, 6]), b.weight("w1", [6, 8])])]);
        return [b.node("MatMul", [hidden, b.weight("w2", [8, 3])])];
      }),
    );
    const files = [
      filed("model.json", JSON.stringify(json)),
      ...shards.map(({ path, bytes }) => filed(path, bytes)),
    ];
    const openFolder = async (page: Page): Promise<void> => {
      await page.getByLabel("Model files").setInputFiles(files);
      await page.getByRole("heading", { name: "Layers" }).waitFor();
    };
    const shapesMade = async (page: Page): Promise<(readonly number[])[]> => {
      await page.getByRole("tab", { name: "Make" }).click();
      await page.getByRole("button", { name: "Make the smaller model" }).click();
      await page.getByText(/^Proven: the cut equals the mask/).waitFor();
      const smaller = JSON.parse((await download(page, "smaller/model.json")).toString()) as typeof json;
      return smaller.weightsManifest.flatMap(({ weights }) => weights.map(({ shape }) => shape));
    };
    const { page } = await studio.open();
    await openFolder(page);
    await page.getByRole("slider", { name: "Remove" }).fill("0.5");
    await page.getByText("50 %", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Copy a link to this plan" }).click();
    await page.waitForURL(/plan=/);
    const { hash } = new URL(page.url());
    await page.close();
    // By its own options, and beside those of another plan.
    for (const link of [hash, hash.replace("amount=0.5", "amount=0.25")]) {
      const there = await studio.open(at(link));
      await openFolder(there.page);
      await held(there.page).waitFor();
      expect(await shapesMade(there.page)).toContainEqual([6, 4]);
      const recipe = JSON.parse((await download(there.page, "Recipe")).toString()) as Recipe;
      expect(recipe.parameters).toEqual((await unpackedRecipe(linkedOf(link)?.plan ?? "")).parameters);
      expect(there.complaints).toEqual([]);
      await there.page.close();
    }
  });

  test("graphs are laid out in a worker: dagre's time is none of the page's", { timeout }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.locator("canvas:not([aria-busy])").waitFor();
    const workers = page.workers().map((worker) => worker.url());
    expect(workers.length).toBe(2);
    const closed = await page.locator("canvas").screenshot();
    await page.getByRole("button", { name: "Open all" }).click();
    await page.locator("canvas:not([aria-busy])").waitFor();
    await page.waitForTimeout(100);
    expect(Buffer.compare(closed, await page.locator("canvas").screenshot())).not.toBe(0);
    await page.screenshot({ path: `${pictures}open-all.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });
});
