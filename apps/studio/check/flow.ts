import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { seriousFaults } from "../test/axe.js";
import type { OpenedPage } from "../test/page.js";
import { memoryOf } from "./memory.js";
import type { ModelFiles } from "./models.js";
import { chooseTab, openInStudio, saved } from "./page-steps.js";
import { framesWhilePanning, noteSteps, openingTime, sliderTimes, stepTimes } from "./timings.js";

/** What was seen and measured of one model; times in milliseconds. */
export interface Checked {
  readonly name: string;
  readonly nodes: number;
  /** From the choice of files to the first picture. */
  readonly open: number;
  /** From a move of the slider to the numbers: the median and the worst of several. */
  readonly slider: { readonly median: number; readonly worst: number };
  /** Cutting and accounting, and the proof. */
  readonly prune: number;
  readonly law: number;
  /** Per second, while everything is open and is panned over, near and far. */
  readonly frames: { readonly near: number; readonly far: number };
  /** Bytes that the tab's process held at most until the plan was there, and until the end. */
  readonly memory: { readonly planned: number; readonly made: number };
  /** Runnable processes of the machine, per minute, when it began. */
  readonly load: number;
}

export interface CheckHow {
  readonly model: ModelFiles;
  /** Where screenshots go. */
  readonly pictures: string;
  readonly scratch: string;
  readonly load: number;
}

const command = fileURLToPath(new URL("../../cli/dist/prune.js", import.meta.url));
const ratio = 0.4;

/** Goes through every flow of the studio with a model; throws where something is not as it must be. */
export async function checkModel(
  browser: Browser,
  { page, requests, complaints }: OpenedPage,
  { model, pictures, scratch, load }: CheckHow,
): Promise<Checked> {
  page.setDefaultTimeout(900_000);
  const short = basename(model.name).replace(/\.onnx$/, "");
  const shot = (what: string) => page.screenshot({ path: join(pictures, `${short}-${what}.png`) });
  const faults = async (where: string): Promise<void> => {
    const found = await seriousFaults(page);
    if (found.length > 0) throw new Error(`axe on ${where}: ${found.join(", ")}`);
  };
  const before = requests.length;
  const opening = openingTime(page);
  await openInStudio(page, model);
  const open = await opening;
  await shot("opened");
  await faults("an open model");
  const slider = await sliderTimes(page);
  await page.getByRole("slider", { name: "Remove" }).focus();
  await page.getByRole("slider", { name: "Remove" }).fill(String(ratio - 0.01));
  await page.keyboard.press("ArrowRight");
  await page.getByText(`${100 * ratio} %`, { exact: true }).waitFor();
  await page.getByLabel("Colour").selectOption("removed");
  const frames = await framesWhilePanning(page);
  await shot("panned");
  const planned = await memoryOf(browser);
  const nodes = Number(
    /: (\d+) nodes/.exec((await page.locator("canvas").getAttribute("aria-label")) ?? "")?.[1],
  );

  await page.getByRole("region", { name: "Layers" }).locator("button").first().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "Node" }).waitFor();
  await page
    .getByRole("button", { name: /^position 0 of / })
    .first()
    .focus();
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "What leaves together" }).waitFor();
  await page.waitForTimeout(1500);
  await shot("group");
  await faults("a group");

  await chooseTab(page, "Make");
  await noteSteps(page);
  await page.getByRole("button", { name: "Make the smaller model" }).focus();
  await page.keyboard.press("Enter");
  const done = page.getByText(/^(Proven|Not proven): /);
  await done.or(page.getByRole("alert")).first().waitFor();
  const [alert] = await page.getByRole("alert").allTextContents();
  if (alert !== undefined) throw new Error(alert);
  const proof = (await done.textContent()) ?? "";
  if (!proof.startsWith("Proven")) throw new Error(proof);
  const steps = await stepTimes(page);
  await shot("made");
  await faults("what was made");
  await equalsCommand(page, model, scratch);
  const made = await memoryOf(browser);

  await page.emulateMedia({ colorScheme: "dark" });
  await faults("the dark page");
  await shot("dark");
  await page.emulateMedia({ colorScheme: "light" });
  const asked = requests.slice(before).filter((url) => !/^(blob|data):/.test(url));
  // The server is gone: what came of it came out of the page's own store.
  const elsewhere = asked.filter((url) => !url.startsWith(new URL(page.url()).origin));
  if (elsewhere.length > 0) throw new Error(`it asks for ${elsewhere[0]}`);
  if (complaints.length > 0) throw new Error(complaints[0]);
  return {
    name: short,
    nodes,
    open,
    slider,
    prune: steps.prune,
    law: steps.law,
    frames,
    memory: { planned, made },
    load,
  };
}

/** Compares what can be downloaded with the files that the command writes for the same options. */
async function equalsCommand(page: Page, { path, name }: ModelFiles, scratch: string): Promise<void> {
  const folder = join(scratch, basename(name));
  mkdirSync(folder, { recursive: true });
  const isFolder = path.endsWith(".json");
  const out = join(folder, isFolder ? "smaller" : basename(path).replace(/\.onnx$/, "-smaller.onnx"));
  const options = ["--ratio", String(ratio), "--heads", "0", "--head-dims", "0"];
  execFileSync(process.execPath, [command, path, "-o", out, ...options, "--no-verify"], { stdio: "pipe" });
  const written = statSync(out).isDirectory()
    ? readdirSync(out).map((file) => join(out, file))
    : readdirSync(folder).map((file) => join(folder, file));
  const buttons = await page
    .getByRole("region", { name: "The smaller model" })
    .getByRole("button")
    .allTextContents();
  for (const file of written) {
    const button = buttons.find((text) => text.split("/").at(-1) === basename(file));
    if (button === undefined)
      throw new Error(`the command writes ${basename(file)}, the studio ${buttons.join(", ")}`);
    if (Buffer.compare(await saved(page, button), readFileSync(file)) !== 0)
      throw new Error(`${basename(file)} differs from the command's`);
  }
}
