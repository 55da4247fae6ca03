import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launch, missing, openPage } from "./page.js";
import { openSample } from "./steps.js";

const timeout = 120_000;

describe.skipIf(missing !== undefined)(
  `what \`npm run studio\` starts${missing ? ` (skipped: ${missing})` : ""}`,
  () => {
    let browser: Browser;
    let server: ViteDevServer;
    beforeAll(async () => {
      const root = fileURLToPath(new URL("../", import.meta.url));
      [browser, server] = await Promise.all([
        launch(),
        createServer({ root, logLevel: "error", server: { port: 0, hmr: false } }),
      ]);
      await server.listen();
    }, timeout);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
    });

    // In development React mounts everything twice: what an effect ends the first time has to be there the second.
    test("opens the sample, and its graph is laid out", { timeout }, async () => {
      const [url] = server.resolvedUrls?.local ?? [];
      const { page, complaints } = await openPage(browser, { url: url ?? "", close: () => undefined });
      await openSample(page);
      await page.locator("canvas:not([aria-busy])").waitFor();
      expect(complaints).toEqual([]);
      await page.close();
    });
  },
);
