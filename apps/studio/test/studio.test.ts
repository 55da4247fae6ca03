import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { onnx, readModel } from "@prune/onnx";
import { nodeRuntime } from "@prune/runtime-ort/node";
import { modelToFiles } from "@prune/tfjs/advanced";
import { createWorkflow } from "@prune/workflow";
import { onnxFormat } from "@prune/workflow/onnx";
import sharp from "sharp";
import { expect, test } from "vitest";
import { buildGraph } from "../../../packages/tfjs/test/build-graph.js";
import { seriousFaults } from "./axe.js";
import { inChromium, pictures, timeout } from "./in-chromium.js";
import { serve } from "./page.js";
import { download, openSample } from "./steps.js";

const sample = fileURLToPath(new URL("../../cli/sample/glyphs.onnx", import.meta.url));
const samples = fileURLToPath(new URL("../../cli/sample/", import.meta.url));

inChromium("the studio in Chromium", (studio) => {
  test("a model is opened, cut and proven in the tab, without a network, with the bytes that Node makes", {
    timeout,
  }, async () => {
    const own = await serve();
    const { page, requests, complaints } = await studio.open(own);
    await page.evaluate(async () => {
      await navigator.serviceWorker.ready;
    });
    own.close();
    const before = requests.length;
    await openSample(page);
    await page.getByRole("slider", { name: "Remove" }).fill("0.4");
    await page.getByText("40 %", { exact: true }).waitFor();
    await page.screenshot({ path: `${pictures}choose.png` });
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    await page.screenshot({ path: `${pictures}make.png` });
    const bytes = await download(page, "glyphs-smaller.onnx");
    const workflow = createWorkflow({ formats: [onnxFormat({ runtime: nodeRuntime() })] });
    const made = await workflow.prune(readFileSync(sample), { ratio: 0.4, heads: 0, headDims: 0 });
    expect(Buffer.compare(bytes, made.bytes)).toBe(0);
    const recipe = JSON.parse((await download(page, "Recipe")).toString()) as typeof made.recipe;
    expect(recipe.parameters).toEqual(made.recipe.parameters);
    const html = (await download(page, "Report as one HTML file")).toString();
    expect(html).toContain("Proven: the cut model equals the original");
    expect(html).not.toMatch(/(src|href)="https?:/);
    const { origin } = new URL(own.url);
    expect(
      requests.slice(before).filter((url) => !url.startsWith(origin) && !url.startsWith("blob:")),
    ).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a position's group is the library's, and its axes are listed in the order of the walk", {
    timeout,
  }, async () => {
    const { page } = await studio.open();
    await openSample(page);
    await page.getByRole("button", { name: "layers.1.conv2.weight:0" }).click();
    await page.getByRole("button", { name: "position 5 of layers.1.conv2.weight:0", exact: true }).click();
    const shown = page.getByRole("region", { name: "What leaves together" }).getByRole("listitem");
    await shown.first().waitFor();
    const listed = await shown.locator("code").allTextContents();
    const model = readModel(readFileSync(sample));
    const group = onnx().trace(model).group({ tensor: "layers.1.conv2.weight", dim: 0 }, [5]);
    expect(listed).toEqual(group.items.map(({ axis }) => `${axis.tensor}:${axis.dims.join(",")}`));
    await page.screenshot({ path: `${pictures}group.png` });
    await page.close();
  });

  test("every flow goes by keyboard, and axe finds nothing serious, light and dark", {
    timeout,
  }, async () => {
    const { page } = await studio.open();
    const faults = (): Promise<string[]> => seriousFaults(page);
    const press = async (key: string, times = 1): Promise<void> => {
      for (let i = 0; i < times; i++) await page.keyboard.press(key);
    };
    expect(await faults()).toEqual([]);
    await page.getByRole("button", { name: "Try the sample" }).focus();
    await press("Enter");
    await page.getByRole("heading", { name: "Layers" }).waitFor();
    expect(await faults()).toEqual([]);
    await page.getByRole("slider", { name: "Remove" }).focus();
    await press("ArrowRight", 5);
    await page.getByText("35 %", { exact: true }).waitFor();
    await page.getByRole("tab", { name: "Choose" }).focus();
    await press("ArrowRight", 2);
    expect(await page.getByRole("tab", { name: "Make" }).getAttribute("aria-selected")).toBe("true");
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await faults()).toEqual([]);
    await page.screenshot({ path: `${pictures}dark.png` });
    await page.setViewportSize({ width: 420, height: 860 });
    await page.screenshot({ path: `${pictures}small.png`, fullPage: true });
    await page.close();
  });

  test("a TensorFlow.js model is opened, cut and proven too", { timeout }, async () => {
    const { page, complaints } = await studio.open();
    const model = buildGraph((b) => {
      const hidden = b.node("Relu", [b.node("MatMul", [b.input("x", [1, 32]), b.weight("w1", [32, 128])])]);
      return [b.node("MatMul", [hidden, b.weight("w2", [128, 3])])];
    });
    const { json, shards } = modelToFiles(model);
    const file = (name: string, contents: string | Uint8Array) => ({
      name,
      mimeType: "application/octet-stream",
      buffer: Buffer.from(contents),
    });
    await page
      .getByLabel("Model files")
      .setInputFiles([
        file("model.json", JSON.stringify(json)),
        ...shards.map(({ path, bytes }) => file(path, bytes)),
      ]);
    await page.getByRole("heading", { name: "Layers" }).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    const smaller = JSON.parse((await download(page, "smaller/model.json")).toString()) as typeof json;
    const shapes = smaller.weightsManifest.flatMap(({ weights }) => weights.map(({ shape }) => shape));
    expect(shapes).toContainEqual([32, 90]);
    const table = page.getByRole("region", { name: "The smaller model" }).getByRole("table").first();
    expect(await table.getByRole("row", { name: /^latency [\d.e+-]+ ms/ }).count()).toBe(1);
    await page.getByRole("tab", { name: "Choose" }).click();
    await page.getByLabel("Share", { exact: true }).selectOption("gzip");
    await page.getByText(/^Planned by bytes/).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    const { budget } = JSON.parse((await download(page, "Report as JSON")).toString());
    expect(budget).toMatchObject({ resource: "gzip", met: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("samples of one's own: accuracy is won back, layers are coloured by sensitivity, outputs stand side by side", {
    timeout,
  }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.getByRole("tab", { name: "Make" }).click();
    const { mean, std, shape } = JSON.parse(readFileSync(`${samples}glyphs.json`, "utf8"));
    const images = readFileSync(`${samples}glyphs-train512.images.u8`).subarray(0, 128 * 28 * 28);
    await page.getByLabel("Sample files").setInputFiles([
      { name: "digits.u8", mimeType: "application/octet-stream", buffer: images },
      {
        name: "digits.json",
        mimeType: "application/json",
        buffer: Buffer.from(JSON.stringify({ mean, std, shape })),
      },
    ]);
    await page.getByRole("button", { name: "Colour the graph by sensitivity" }).click();
    await expect.poll(() => page.getByLabel("Colour").inputValue(), { timeout: 60_000 }).toBe("sensitivity");
    await page.screenshot({ path: `${pictures}sensitivity.png` });
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Refitted to the original on your samples/).waitFor();
    await page.getByRole("button", { name: "Outputs side by side, on the samples" }).click();
    const list = page.getByRole("list", { name: "Outputs side by side" });
    await list.getByRole("table").first().waitFor();
    expect(await list.getByRole("table").count()).toBe(6);
    expect(await list.getByText(/^Both answer /).count()).toBeGreaterThan(3);
    await list.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${pictures}beside.png` });
    expect(await seriousFaults(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("pictures are samples, a budget of gzip is met, and what changes no output can be removed alone", {
    timeout,
  }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.getByLabel("Share", { exact: true }).selectOption("gzip");
    await page.getByText(/^Planned by bytes/).waitFor();
    await page.getByRole("tab", { name: "Make" }).click();
    const picture = (grey: number): Promise<Buffer> =>
      sharp({ create: { width: 40, height: 30, channels: 3, background: { r: grey, g: grey, b: grey } } })
        .png()
        .toBuffer();
    await page.getByLabel("Sample files").setInputFiles(
      await Promise.all(
        [0, 128, 255].map(async (grey) => ({
          name: `${grey}.png`,
          mimeType: "image/png",
          buffer: await picture(grey),
        })),
      ),
    );
    await page.getByRole("checkbox", { name: "Win accuracy back on the samples" }).uncheck();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    const report = JSON.parse((await download(page, "Report as JSON")).toString());
    expect(report.budget).toMatchObject({ resource: "gzip", met: true });
    await page.getByRole("button", { name: "Outputs side by side, on the samples" }).click();
    await page.getByRole("img", { name: "sample 3" }).waitFor();
    await page.getByRole("button", { name: "Only what changes no output" }).click();
    await page.getByText("0 units can leave without loss. Nothing was written.").waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("what is left is trained in the tab, and training can be cancelled", { timeout }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByLabel("Sample files").setInputFiles([
      { name: "digits.u8", mimeType: "", buffer: readFileSync(`${samples}glyphs-train512.images.u8`) },
      { name: "digits.json", mimeType: "", buffer: readFileSync(`${samples}glyphs.json`) },
    ]);
    await page.getByRole("checkbox", { name: "Win accuracy back on the samples" }).uncheck();
    await page.getByLabel("Train").selectOption("0.25");
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Trained \d+ steps in \d+ s/).waitFor();
    expect((await download(page, "Report as one HTML file")).toString()).toContain(
      "loss on held-out samples",
    );
    await page.screenshot({ path: `${pictures}trained.png` });
    await page.getByLabel("Train").selectOption("60");
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Training: step /).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled. Nothing was made.").waitFor();
    // The model is open again: the worker that didn't stop was ended.
    await page.getByLabel("Train").selectOption("0");
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("what is no model is refused in words that say what to do", { timeout }, async () => {
    const { page } = await studio.open();
    await page
      .getByLabel("Model files")
      .setInputFiles({ name: "notes.onnx", mimeType: "text/plain", buffer: Buffer.from("hello") });
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/ONNX/);
    await page.close();
  });
});
