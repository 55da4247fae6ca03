// Opens every graph of the zoo, the trained models and those of TensorFlow.js in the built studio, in headless Chromium,
// plans a cut, saves the report of the plan and opens that from the disk. Then asks the studio for the groups of random
// channels and holds what lights up against what `prune groups --json` prints. Prints a line for each model; exits 1
// when one fails. With a log it goes on where an earlier run ended, and tries again what failed; --write puts the log's
// results into docs/studio-zoo.md.
//   pnpm studio:zoo [--groups 200] [--seed 0] [--log FILE] [--write] [NAME | PATH]...
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { dist, launch, missing, openPage, serve } from "../test/page.js";
import { checkGroups, randomGroups } from "./groups.js";
import { allModels, type ModelFiles, modelNamed } from "./models.js";
import { openInStudio, saved } from "./page-steps.js";
import { checkReport } from "./report.js";
import { openLog } from "./zoo-log.js";
import { writeZooPage } from "./zoo-page.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    groups: { type: "string", default: "200" },
    seed: { type: "string", default: "0" },
    log: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
if (missing !== undefined) throw new Error(`The studio can't be opened here: ${missing}.`);

/** Pages hold what models left in them: a fresh one now and then. */
const perPage = 15;
const names = positionals.length > 0 ? positionals : allModels();
const scratch = mkdtempSync(join(tmpdir(), "prune-studio-"));
// A copy, so that a build under way changes nothing here.
const copy = join(scratch, "dist/");
cpSync(dist, copy, { recursive: true });
const [browser, site] = await Promise.all([launch(), serve(copy)]);
const log = openLog(values.log);
try {
  let studio = await openPage(browser, site);
  let onPage = 0;
  for (const name of names) {
    if (log.has(name)) continue;
    const model = await modelNamed(name);
    if (!model) continue;
    if (onPage++ === perPage) {
      await studio.page.close();
      studio = await openPage(browser, site);
      onPage = 1;
    }
    const started = performance.now();
    const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
    try {
      const report = await tried(studio.page, model);
      if (studio.complaints.length > 0) throw new Error(studio.complaints.splice(0).join("; "));
      log.add({ name, seconds: seconds(), report });
      console.log(`${name.padEnd(40)} ${seconds()} s, report ${Math.round(report / 1000)} kB`);
    } catch (error) {
      fail({ name, seconds: seconds() }, error);
      await studio.page.close();
      studio = await openPage(browser, site);
    }
  }
  await studio.page.close();
  const asked = await randomGroups(positionals.length > 0 ? names : undefined, {
    count: Number(values.groups),
    seed: Number(values.seed),
  });
  for (const one of asked) {
    const name = `groups of ${one.model.name}`;
    if (log.has(name)) continue;
    const { page } = await openPage(browser, site);
    try {
      await openInStudio(page, one.model);
      const wrong = await checkGroups(page, one);
      if (wrong.length > 0) throw new Error(wrong.join("; "));
      log.add({ name, groups: one.roots.length });
      console.log(`${name.padEnd(40)} ${one.roots.length} equal`);
    } catch (error) {
      fail({ name }, error);
    }
    await page.close();
  }
} finally {
  await browser.close();
  site.close();
  rmSync(scratch, { recursive: true });
}
const results = log.results();
const failures = results.filter(({ failed }) => failed !== undefined);
const groups = results.reduce((sum, one) => sum + (one.groups ?? 0), 0);
const opened = results.filter((one) => one.report !== undefined).length;
console.log(
  `${opened} models opened with their reports, ${groups} groups compared, ${failures.length} failures`,
);
for (const { name, failed } of failures) console.log(`  ${name} FAILED ${failed}`);
if (values.write) writeZooPage(results);
process.exitCode = failures.length > 0 ? 1 : 0;

function fail(of: { readonly name: string; readonly seconds?: number }, error: unknown): void {
  const failed = (error as Error).message.split("\n")[0] ?? "";
  log.add({ ...of, failed });
  console.log(`${of.name} FAILED ${failed}`);
}

/** Opens a model and the report of a plan of it; the report's bytes. */
async function tried(page: Page, model: ModelFiles): Promise<number> {
  await openInStudio(page, model);
  await page.getByRole("tab", { name: "Make" }).click();
  const button = page.getByRole("button", { name: "Report of the plan" });
  const nothing = await button.isDisabled();
  await page.getByRole("tab", { name: "Choose" }).click();
  // A model of which nothing can leave has no plan, and says why.
  if (nothing) {
    const note = await page
      .getByRole("region", { name: "What is left" })
      .locator(".note")
      .first()
      .textContent();
    if (!/leave/.test(note ?? "")) throw new Error("nothing can be planned, and no reason is shown");
    return 0;
  }
  await page.getByRole("tab", { name: "Make" }).click();
  const html = await saved(page, "Report of the plan");
  await page.getByRole("tab", { name: "Choose" }).click();
  const file = join(scratch, `${basename(model.name)}.html`);
  writeFileSync(file, html);
  await checkReport(browser, file);
  rmSync(file);
  return html.length;
}
