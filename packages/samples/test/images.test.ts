import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ModelInput, SampleConfig } from "@prune/samples";
import { openSamples } from "@prune/samples/node";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "prune-images-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An image of one colour, but for its first pixel. */
async function image(name: string, colour: readonly number[], [width, height] = [4, 4]): Promise<void> {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => colour[i % 3] ?? 0);
  await sharp(pixels, { raw: { width, height, channels: 3 } }).toFile(path);
}

const input = (type: string, ...shape: (number | string)[]): ModelInput => ({ name: "x", type, shape });
const first = input("uint8", "n", 3, 2, 2);

const pixels = async (path: string, model: ModelInput, config: SampleConfig = {}): Promise<number[]> => {
  const { feeds } = await (await openSamples(join(folder, path), [model], { config })).read([0]);
  return Array.from(feeds.x?.data as ArrayLike<number>, Number);
};

describe("a folder of images", () => {
  beforeAll(async () => {
    await image("pets/dog/1.png", [10, 20, 30]);
    await image("pets/cat/2.PNG", [40, 50, 60]);
    await image("pets/cat/1.webp", [200, 100, 50]);
    await image("flat/a.png", [1, 2, 3]);
    for (const name of ["10", "9"]) await image(`digits/${name}/x.png`, [7, 7, 7]);
    writeFileSync(join(folder, "pets/cat/notes.txt"), "no image");
    mkdirSync(join(folder, "empty/class"), { recursive: true });
  });

  it("has classes by its folders", async () => {
    const pets = await openSamples(join(folder, "pets"), [first]);
    expect(pets).toMatchObject({ count: 3, classes: ["cat", "dog"], labels: Int32Array.of(0, 0, 1) });
    const named = await openSamples(join(folder, "pets"), [first], {
      config: { classes: ["dog", "bird", "cat"] },
    });
    expect(named.labels).toEqual(Int32Array.of(2, 2, 0));
    const digits = await openSamples(join(folder, "digits"), [first]);
    expect(digits).toMatchObject({ labels: Int32Array.of(10, 9), classes: undefined });
    expect((await openSamples(join(folder, "flat"), [first])).labels).toBeUndefined();
  });

  it("has the model's size, layout, colours and scale", async () => {
    expect(await pixels("flat", first)).toEqual([1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3]);
    expect(await pixels("flat", input("uint8", "n", 2, 2, 3))).toEqual([1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]);
    expect(await pixels("flat", first, { colour: "bgr" })).toEqual([3, 3, 3, 3, 2, 2, 2, 2, 1, 1, 1, 1]);
    const open = input("uint8", "n", "c", "h", "w");
    expect(await pixels("flat", open, { shape: [3, 1, 2] })).toEqual([1, 1, 2, 2, 3, 3]);
    const normed = { mean: [0, 0, 0], std: [1, 2, 3], scale: 1 };
    expect(await pixels("flat", input("float32", 1, 3, 1, 1), normed)).toEqual([1, 1, 1]);
    expect(await pixels("flat", input("float32", 1, 1, 2, 2), { scale: 1 })).toEqual([2, 2, 2, 2]);
  });

  it("is stretched, or cropped in the middle", async () => {
    const stripes = Uint8Array.from({ length: 6 * 2 * 3 }, (_, i) => (Math.floor(i / 3) % 6 < 2 ? 250 : 0));
    mkdirSync(join(folder, "wide"));
    await sharp(stripes, { raw: { width: 6, height: 2, channels: 3 } }).toFile(join(folder, "wide/a.png"));
    const model = input("uint8", 1, 1, 2, 2);
    expect(Math.max(...(await pixels("wide", model)))).toBeGreaterThan(100);
    expect(await pixels("wide", model, { resize: "crop" })).toEqual([0, 0, 0, 0]);
  });

  it("names what can't be decoded", async () => {
    mkdirSync(join(folder, "torn/class"), { recursive: true });
    const whole = await sharp({ create: { width: 64, height: 64, channels: 3, background: "red" } })
      .jpeg()
      .toBuffer();
    writeFileSync(join(folder, "torn/class/bad.jpg"), whole.subarray(0, whole.length / 2));
    await expect(pixels("torn", first)).rejects.toMatchObject({
      code: "bad-image",
      message: expect.stringMatching(/torn\/class\/bad\.jpg can't be decoded: /),
    });
  });

  it.each<[string, ModelInput, SampleConfig, string]>([
    ["empty", first, {}, "no-images"],
    ["flat", input("uint8", "n", 3, "h", "w"), {}, "image-size"],
    ["flat", first, { shape: [2, 4, 4] }, "config-invalid"],
    ["flat", first, { shape: [3, 4, 4] }, "samples-input"],
    ["pets", first, { classes: ["dog"] }, "config-invalid"],
  ])("%s for %j, %j is refused", async (path, model, config, code) => {
    await expect(pixels(path, model, config)).rejects.toMatchObject({ code });
  });
});
