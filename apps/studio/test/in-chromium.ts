import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe } from "vitest";
import { launch, missing, type OpenedPage, openPage, type Site, serve } from "./page.js";

/** Where tests leave their pictures. */
export const pictures = fileURLToPath(new URL("../pictures/", import.meta.url));
/** Milliseconds that a test in Chromium may take. */
export const timeout = 180_000;

/** The built studio on a server, and a Chromium, while the tests of a group run. */
export interface Studio {
  /** Opens a page of it, or of another server. */
  open(site?: Site): Promise<OpenedPage>;
  /** Known once tests run. */
  site(): Site;
  browser(): Browser;
}

/** A group of tests of the built studio in Chromium; they are skipped, saying so, where either is missing. */
export function inChromium(title: string, tests: (studio: Studio) => void): void {
  describe.skipIf(missing !== undefined)(`${title}${missing ? ` (skipped: ${missing})` : ""}`, () => {
    let browser: Browser;
    let served: Site;
    beforeAll(async () => {
      mkdirSync(pictures, { recursive: true });
      [browser, served] = await Promise.all([launch(), serve()]);
    }, timeout);
    afterAll(async () => {
      await browser?.close();
      served?.close();
    });
    tests({ open: (site = served) => openPage(browser, site), site: () => served, browser: () => browser });
  });
}
