import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onnx, readModel } from "@prune/onnx";
import { afterAll, expect, test } from "vitest";
import { pictureOf } from "../../../packages/report/src/picture-of.js";
import { pictureBeside } from "../src/engine/compare.js";
import { sensitivityByNode } from "../src/engine/sensitivity.js";
import { inChromium, pictures, timeout } from "./in-chromium.js";
import { download, openSample } from "./steps.js";

const sample = fileURLToPath(new URL("../../cli/sample/glyphs.onnx", import.meta.url));

const backend = onnx();
const model = readModel(readFileSync(sample));
const trace = backend.trace(model);
const picture = pictureOf(model, backend, trace, { model: "glyphs.onnx" });

test("a picture beside another says what became of each tensor, and what is gone costs nothing", () => {
  const first = picture.nodes.findIndex(({ op }) => op === "Conv");
  const there = {
    ...picture,
    nodes: picture.nodes.filter((_, place) => place !== first),
  };
  const beside = pictureBeside(picture, there);
  expect(beside.nodes.map(({ weightsAfter, weights }) => weightsAfter - weights)).toEqual(
    picture.nodes.map(({ weights }, place) => (place === first ? -weights : 0)),
  );
  expect(beside.nodes[first]?.outputs[0]?.after).toBe("none");
});

test("sensitivity colours every node that makes a layer's units, not only the one it is known by", () => {
  const family = trace.families
    .map((one) => one.members.flatMap((m) => trace.members[m] ?? []))
    .map((members) => members.filter(({ selector }) => selector.role === "out"))
    .find((makers) => new Set(makers.map(({ parameter }) => parameter.tensor)).size > 1);
  const [root] = family ?? [];
  const axis = `${root?.parameter.tensor}:${root?.selector.dims.join(",")}`;
  const point = { ratio: 0.5, removed: 1, error: 0.3 };
  const colours = sensitivityByNode([{ axis, points: [point] }] as never, trace, picture);
  const makers = new Set(family?.map(({ parameter }) => parameter.tensor));
  const wanted = picture.nodes.flatMap(({ parameters }, place) =>
    parameters.some(({ name }) => makers.has(name)) ? [place] : [],
  );
  expect(wanted.length).toBeGreaterThan(1);
  expect([...colours.keys()].sort((a, b) => a - b)).toEqual(wanted);
});

inChromium("what was made, compared and reported", (studio) => {
  const folder = mkdtempSync(join(tmpdir(), "prune-studio-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test("a smaller model is compared in the graph, and its report lights up what left", {
    timeout,
  }, async () => {
    const { page, complaints } = await studio.open();
    await openSample(page);
    await page.getByRole("tab", { name: "Make" }).click();
    await page.getByRole("button", { name: "Make the smaller model" }).click();
    await page.getByText(/^Proven: the cut equals the mask/).waitFor();
    const smaller = await download(page, "glyphs-smaller.onnx");
    const html = await download(page, "Report as one HTML file");
    await page.getByRole("tab", { name: "Compare" }).click();
    await page
      .getByLabel("Another model or a recipe")
      .setInputFiles({ name: "other.onnx", mimeType: "", buffer: smaller });
    const differences = page.getByRole("region", { name: "Differences" });
    await differences.getByText("[32, 16, 3, 3]", { exact: true }).first().waitFor();
    expect(await page.getByLabel("Colour").inputValue()).toBe("removed");
    await page.screenshot({ path: `${pictures}compare.png` });
    expect(complaints).toEqual([]);
    await page.close();

    const file = join(folder, "report.html");
    writeFileSync(file, html);
    const report = await studio.browser().newPage();
    await report.goto(pathToFileURL(file).href);
    const row = report.getByRole("button", { name: "layers.1.conv2.weight:0" });
    const clear = report.getByRole("button", { name: "Clear what is lit" });
    expect(await clear.isVisible()).toBe(false);
    const before = await report.locator("canvas").screenshot();
    await row.click();
    expect(await row.getAttribute("aria-pressed")).toBe("true");
    await report.waitForTimeout(1500);
    const lit = await report.locator("canvas").screenshot();
    expect(Buffer.compare(before, lit)).not.toBe(0);
    await clear.click();
    expect(await row.getAttribute("aria-pressed")).toBe("false");
    await report.close();
  });
});
