import type { Page } from "playwright-core";
import sharp from "sharp";
import { expect, test } from "vitest";
import { buildModel } from "../../../packages/onnx/test/exported/builder.js";
import { seriousFaults } from "./axe.js";
import { inChromium, pictures, timeout } from "./in-chromium.js";
import { openSample } from "./steps.js";

/** Two channels of a second at some rate, each of one value but for a hum that the other cancels, as a .wav of 16 bits. */
function wav(rate: number, [left, right]: readonly [number, number]): Buffer {
  const bytes = Buffer.alloc(44 + 4 * rate);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + 4 * rate, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(4 * rate, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(4 * rate, 40);
  for (let i = 0; i < rate; i++) {
    const hum = 0.2 * Math.sin((2 * Math.PI * 200 * i) / rate);
    bytes.writeInt16LE(Math.round(32767 * (left + hum)), 44 + 4 * i);
    bytes.writeInt16LE(Math.round(32767 * (right - hum)), 46 + 4 * i);
  }
  return bytes;
}

/** The mean of 4,000 values of sound, by eight hidden units that all have it, and its opposite. */
const listens = buildModel((g) => {
  const mean = g.floats([4000, 8], Array(32_000).fill(1 / 4000));
  const sum = g.floats(
    [8, 2],
    Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 / 8 : -1 / 8)),
  );
  g.op("MatMul", [g.op("Relu", [g.op("MatMul", [g.input("wave", ["N", 4000]), mean])]), sum], {}, "scores");
  g.output("scores");
});

inChromium("samples in the studio", (studio) => {
  const makeWithout = async (page: Page): Promise<void> => {
    await page.getByRole("checkbox", { name: "Win accuracy back on the samples" }).uncheck();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    await page.getByRole("button", { name: "Outputs side by side, on the samples" }).click();
  };

  test("sounds become one channel at the model's rate, in windows of its length", { timeout }, async () => {
    const { page, complaints } = await studio.open();
    await page.getByLabel("Model files").setInputFiles({
      name: "listens.onnx",
      mimeType: "application/octet-stream",
      buffer: Buffer.from(listens),
    });
    await page.getByRole("heading", { name: "Layers" }).waitFor();
    await page.getByRole("slider", { name: "Remove" }).fill("0.5");
    await page.getByRole("tab", { name: "Make" }).click();
    await page
      .getByLabel("Sample files")
      .setInputFiles([{ name: "half.wav", mimeType: "audio/wav", buffer: wav(44_100, [0.2, 0.6]) }]);
    await page.getByLabel("Sample rate").selectOption("8000");
    await makeWithout(page);
    const list = page.getByRole("list", { name: "Outputs side by side" });
    await list.getByRole("img", { name: "sample 2" }).waitFor();
    // A second at 8 kHz is two windows of 4,000 values.
    expect(await list.getByRole("listitem").count()).toBe(2);
    const cells = await list.getByRole("table").first().getByRole("cell").allTextContents();
    const [original, smaller] = cells.map(Number);
    // The hum is in one channel what it takes from the other; half of the units have half of the mean.
    expect(original).toBeCloseTo(0.4, 2);
    expect(smaller).toBeCloseTo(0.2, 2);
    expect(await seriousFaults(page)).toEqual([]);
    await list.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `${pictures}sound.png` });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("a sound that can't be decoded is named", { timeout }, async () => {
    const { page } = await studio.open();
    await openSample(page);
    await page.getByRole("tab", { name: "Make" }).click();
    await page
      .getByLabel("Sample files")
      .setInputFiles([{ name: "broken.wav", mimeType: "audio/wav", buffer: Buffer.from("RIFF") }]);
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    const alert = page.getByRole("alert");
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(/broken\.wav can't be decoded/);
    await page.close();
  });

  test("photographs in folders are samples with classes", { timeout }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.getByRole("tab", { name: "Make" }).click();
    const photograph = (grey: number): Promise<Buffer> =>
      sharp({ create: { width: 60, height: 40, channels: 3, background: { r: grey, g: grey, b: grey } } })
        .jpeg()
        .toBuffer();
    // Playwright gives files of a folder no paths from memory: a transfer of the page's own has them.
    const buffers = await Promise.all([20, 90, 160, 230].map(photograph));
    await page.getByLabel("Sample files").evaluate(
      (input, all) => {
        const transfer = new DataTransfer();
        all.forEach((bytes, i) => {
          const file = new File([Uint8Array.from(bytes)], `${i}.jpg`, { type: "image/jpeg" });
          Object.defineProperty(file, "webkitRelativePath", { value: `set/${i < 2 ? "3" : "7"}/${i}.jpg` });
          transfer.items.add(file);
        });
        Object.defineProperty(input, "files", { value: transfer.files });
        input.dispatchEvent(new Event("change", { bubbles: true }));
      },
      buffers.map((buffer) => [...buffer]),
    );
    await makeWithout(page);
    const list = page.getByRole("list", { name: "Outputs side by side" });
    await list.getByRole("img", { name: "sample 4" }).waitFor();
    expect((await list.getByText(/of class/).allTextContents()).map((text) => text.trim())).toEqual([
      "of class 3",
      "of class 3",
      "of class 7",
      "of class 7",
    ]);
    expect(complaints).toEqual([]);
    await page.close();
  });
});
