// Every flow of the built studio on six models, by keyboard, in headless Chromium with its server gone after the first
// load: open, look, drag, prune, prove, download, win back, compare. What is downloaded is the command's byte
// for byte; axe finds nothing serious; pictures of every step lie in apps/studio/pictures, with --small those of a phone and a
// tablet too. Prints what each step takes, and writes it into docs/studio.md. Exits 1 when a model fails; models that are not
// here are named and left out.
//   pnpm studio:check [--write] [--small] [NAME | PATH]...
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { dist, launch, missing, openPage, serve } from "../test/page.js";
import { type Checked, measuredWalk } from "./measured-flow.js";
import { isQuickToRefit, modelNamed, sixModels } from "./models.js";
import { pictureSamples } from "./picture-samples.js";
import { documentOf, lineOf } from "./table.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { write: { type: "boolean", default: false }, small: { type: "boolean", default: false } },
});
if (missing !== undefined) throw new Error(`The studio can't be opened here: ${missing}.`);

const pictures = fileURLToPath(new URL("../pictures/", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "prune-studio-"));
mkdirSync(pictures, { recursive: true });
// A copy, so that a build under way changes nothing here.
const copy = join(scratch, "dist/");
cpSync(dist, copy, { recursive: true });

const samples = await pictureSamples(6);
const rows: Checked[] = [];
try {
  for (const name of positionals.length > 0 ? positionals : sixModels) {
    const model = await modelNamed(name);
    if (!model) {
      console.log(`${name} is left out: there is no ../shared here`);
      continue;
    }
    const load = loadavg()[0] ?? 0;
    // A browser for each, so that memory is this model's alone.
    const browser = await launch();
    const site = await serve(copy);
    try {
      const opened = await openPage(browser, site);
      await opened.page.evaluate(async () => {
        await navigator.serviceWorker.ready;
      });
      site.close();
      const row = await measuredWalk(browser, opened, {
        model,
        ...(isQuickToRefit(name) && { samples }),
        pictures,
        scratch,
        smallPictures: values.small,
        load,
      });
      rows.push(row);
      console.log(lineOf(row));
    } catch (error) {
      process.exitCode = 1;
      console.log(`${name} FAILED ${(error as Error).message}`);
    } finally {
      await browser.close();
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
if (values.write) {
  const file = new URL("../../../docs/studio.md", import.meta.url);
  const commit = execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  writeFileSync(file, documentOf(rows, { commit, before: readFileSync(file, "utf8") }));
}
