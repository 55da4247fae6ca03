import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { noCommand, walk } from "../check/flow.js";
import { allModels, isQuickToRefit, modelNamed, sixModels } from "../check/models.js";
import { pictureSamples } from "../check/picture-samples.js";
import { inChromium, pictures, timeout } from "./in-chromium.js";
import { type OpenedPage, serve } from "./page.js";

/** A large transformer is made, proven and timed in a minute on a quiet machine, and in several on one that is not. */
const patience = 4 * timeout;

/** Pictures of steps lie in apps/studio/pictures; times are measured by `pnpm studio:check`. */
inChromium("every flow on large models, by keyboard, without a network", (studio) => {
  const scratch = mkdtempSync(join(tmpdir(), "prune-studio-"));
  afterAll(() => {
    rmSync(scratch, { recursive: true });
  });
  let opened: OpenedPage | undefined;
  // A page that a failed test left would go on working beside the next.
  afterEach(() => opened?.page.close());
  const known = new Set(allModels());

  for (const name of sixModels) {
    const why =
      noCommand ?? (known.has(name) || name.endsWith(".onnx") ? undefined : "there is no ../shared here");
    const title = basename(name);
    test.skipIf(why !== undefined)(
      `${title}${why ? ` (skipped: ${why})` : ""}`,
      { timeout: patience },
      async () => {
        const model = await modelNamed(name);
        if (!model) throw new Error(`${name} was there a moment ago`);
        const own = await serve();
        opened = await studio.open(own);
        opened.page.setDefaultTimeout(patience);
        await opened.page.evaluate(async () => {
          await navigator.serviceWorker.ready;
        });
        own.close();
        const samples = isQuickToRefit(name) ? await pictureSamples(6) : undefined;
        const shift = await walk(opened, { model, ...(samples && { samples }), scratch, pictures });
        expect(shift).toBeLessThan(0.02);
      },
    );
  }
});
