import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { magnitude } from "@prune/importance-magnitude";
import { onnx, readModel } from "@prune/onnx";
import { prune } from "@prune/pruner";
import type { Browser } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, openPage, serve } from "../../../apps/studio/test/page.js";
import { inlinedInVite } from "../../../tooling/tsup/inlined.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const glyphs = join(root, "apps/cli/sample/glyphs.onnx");
const chromium = process.env.PRUNE_CHROMIUM ?? "/usr/bin/chromium";
const why = existsSync(chromium) ? "" : ` (skipped: there is no Chromium at ${chromium})`;

/** Pages are built by Vite, as their reader would, but of sources; `pnpm tarballs` builds them of packed packages. */
describe.skipIf(why !== "")(`pages of the examples${why}`, { timeout: 120_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), "prune-pages-"));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  for (const name of ["vite-page", "browser-worker"])
    test(`${name} makes of a model what Node makes of it`, async () => {
      const outDir = join(folder, name);
      await build({
        configFile: false,
        logLevel: "error",
        root: join(root, "examples", name),
        base: "./",
        plugins: [inlinedInVite],
        worker: { format: "es", plugins: () => [inlinedInVite] },
        resolve: {
          alias: [
            { find: /^@prune\/([^/]+)\/([^/]+)$/, replacement: `${root}packages/$1/src/$2.ts` },
            { find: /^@prune\/([^/]+)$/, replacement: `${root}packages/$1/src/index.ts` },
          ],
        },
        build: { outDir, emptyOutDir: true, target: "es2022" },
      });
      const site = await serve(join(outDir, "/"));
      try {
        const { page, requests, complaints } = await openPage(browser, site);
        await page.getByLabel("An ONNX model").waitFor();
        const before = requests.length;
        await page.getByLabel("An ONNX model").setInputFiles(glyphs);
        const link = page.getByRole("link", { name: "smaller.onnx" });
        await link.waitFor();
        expect(await page.locator("#said").textContent()).toMatch(/^\d+ units removed, \d+ -> \d+ bytes$/);
        const [file] = await Promise.all([page.waitForEvent("download"), link.click()]);
        const made = readFileSync(await file.path());
        const { model } = await prune(readModel(readFileSync(glyphs)), {
          backend: onnx(),
          importance: magnitude(),
          ratio: 0.3,
        });
        expect(made.equals(Buffer.from(model.source))).toBe(true);
        // The model never leaves the page: all that is asked for is the page's own code.
        expect(requests.slice(before).filter((url) => !/\.js$|^blob:/.test(url))).toEqual([]);
        // Chromium asks for an icon, which these pages don't have.
        expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
        await page.close();
      } finally {
        site.close();
      }
    });
});
