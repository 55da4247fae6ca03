import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, missing, openPage, type Site, serve, softwareAdapter } from "./page.js";
import { download, openSample } from "./steps.js";

const timeout = 240_000;

/** Whether Chromium gives a WebGPU adapter here. */
async function hasAdapter(): Promise<boolean> {
  const browser = await launch(...softwareAdapter);
  const site = await serve();
  try {
    const { page } = await openPage(browser, site);
    return await page.evaluate(async () => {
      const { gpu } = navigator as { readonly gpu?: { requestAdapter(): Promise<unknown> } };
      return Boolean(await gpu?.requestAdapter().catch(() => undefined));
    });
  } finally {
    site.close();
    await browser.close();
  }
}

const withoutGraphics =
  missing ?? ((await hasAdapter()) ? undefined : "this Chromium has no WebGPU adapter, not even in software");

describe.skipIf(missing !== undefined)(
  `what the studio measures${missing ? ` (skipped: ${missing})` : ""}`,
  () => {
    let browser: Browser;
    let site: Site;
    beforeAll(async () => {
      [browser, site] = await Promise.all([launch(...softwareAdapter), serve()]);
    }, timeout);
    afterAll(async () => {
      await browser?.close();
      site?.close();
    });

    test("a share of the milliseconds is met by models that are timed in the tab", {
      timeout,
    }, async () => {
      const { page, complaints } = await openPage(browser, site);
      await openSample(page);
      await page.getByLabel("Share", { exact: true }).selectOption("latency");
      await page.getByRole("slider", { name: "Remove" }).fill("0.2");
      await page.getByText(/^Planned by MACs: models are timed in this tab/).waitFor();
      await page.getByRole("tab", { name: "Make" }).click();
      await page.getByRole("button", { name: "Make the smaller model" }).click();
      const done = page.getByText(/^Proven: the cut equals the mask/).or(page.getByRole("alert"));
      await done.first().waitFor({ timeout: timeout - 30_000 });
      expect(await page.getByRole("alert").allTextContents()).toEqual([]);
      const { budget } = JSON.parse((await download(page, "Report as JSON")).toString());
      expect(budget).toMatchObject({ resource: "latency" });
      expect(budget.original).toBeGreaterThan(0);
      expect(budget.target / budget.original).toBeCloseTo(0.8, 2);
      expect(complaints).toEqual([]);
      await page.close();
    });

    test.skipIf(withoutGraphics !== undefined)(
      `both models are timed by WebGPU${withoutGraphics ? ` (skipped: ${withoutGraphics})` : ""}`,
      { timeout },
      async () => {
        const { page } = await openPage(browser, site);
        await openSample(page);
        await page.getByRole("tab", { name: "Make" }).click();
        await page.getByRole("button", { name: "Make the smaller model" }).click();
        await page.getByText(/^Proven: the cut equals the mask/).waitFor();
        await page.getByRole("button", { name: "Time both on the graphics card" }).click();
        const table = page.getByRole("region", { name: "The smaller model" }).getByRole("table").first();
        const timed = table.getByRole("row", { name: /latency, WebGPU/ });
        await timed
          .or(page.getByRole("alert"))
          .first()
          .waitFor({ timeout: timeout - 30_000 });
        expect(await page.getByRole("alert").allTextContents()).toEqual([]);
        const [original, smaller] = await timed.getByRole("cell").allTextContents();
        expect(original).toMatch(/^[\d.]+ ms$/);
        expect(smaller).toMatch(/^[\d.]+ ms$/);
        await page.close();
      },
    );
  },
);
