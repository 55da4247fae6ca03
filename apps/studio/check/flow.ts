import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Page } from "playwright-core";
import { seriousFaults } from "../test/axe.js";
import type { OpenedPage } from "../test/page.js";
import { shiftOf, watchShifts } from "./layout-shift.js";
import type { ModelFiles } from "./models.js";
import { chooseTab, openInStudio, saved } from "./page-steps.js";
import { onSmallScreens } from "./small-screens.js";

/** Where a walk stands: a model is opened, its plan is chosen, a group is lit up, it is made, won back, compared. */
type Step = "opened" | "planned" | "group" | "made" | "recovered" | "compared";

/** A picture or another file of samples, as Playwright hands it to the page. */
export interface SampleFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export interface Walk {
  readonly model: ModelFiles;
  /** What accuracy is won back on. @default it isn't */
  readonly samples?: readonly SampleFile[];
  /** A folder for what the command makes. */
  readonly scratch: string;
  /** A folder for pictures of every step. */
  readonly pictures: string;
  /** Pictures of phones and tablets too. @default false */
  readonly smallPictures?: boolean;
  /** Does something as soon as a step is reached, before anything else looks at it. */
  readonly at?: Partial<Record<Step | "opening" | "making", (page: Page) => Promise<void>>>;
}

const command = fileURLToPath(new URL("../../cli/dist/prune.js", import.meta.url));
const ratio = 0.4;
/** The layout of a page that is called good moves by a tenth at most (Core Web Vitals). */
const mostShift = 0.1;

/** Why a walk can't be done here; undefined where it can. */
export const noCommand: string | undefined = existsSync(command) ? undefined : "the command is not built";

/** A model's name without its ending. */
export const shortName = ({ name }: ModelFiles): string => basename(name).replace(/\.onnx$/, "");

/**
 * Goes through every flow of the studio with a model, by keyboard; throws where something is not as it must be: other bytes
 * than the command's, what axe finds serious in either theme, a request, what is wider than a phone, layout that jumps.
 * Gives how far the layout jumped, as browsers count it.
 */
export async function walk({ page, requests, complaints }: OpenedPage, how: Walk): Promise<number> {
  const { model, samples, scratch, pictures, smallPictures = false, at = {} } = how;
  const short = shortName(model);
  const before = requests.length;
  const reached = async (step: Step): Promise<void> => {
    await at[step]?.(page);
    await page.screenshot({ path: join(pictures, `${short}-${step}.png`) });
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      const found = await seriousFaults(page);
      if (found.length > 0) throw new Error(`axe on ${step}, ${colorScheme}: ${found.join(", ")}`);
    }
    await onSmallScreens(
      page,
      smallPictures ? (size) => join(pictures, `${short}-${step}-${size}.png`) : undefined,
    );
  };
  await watchShifts(page);
  await at.opening?.(page);
  await openInStudio(page, model);
  await reached("opened");

  await slideTo(page, ratio);
  await page.getByText(`${100 * ratio} %`, { exact: true }).waitFor();
  // A list takes what is typed on it.
  await page.getByLabel("Colour").focus();
  await page.keyboard.type("Share");
  if ((await page.getByLabel("Colour").inputValue()) !== "removed") throw new Error("colours can't be typed");
  await page.getByRole("button", { name: "Open all" }).focus();
  await page.keyboard.press("Enter");
  await page.locator("canvas:not([aria-busy])").waitFor();
  await reached("planned");

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
  await reached("group");

  await chooseTab(page, "Make");
  await at.making?.(page);
  await make(page);
  await reached("made");
  await equalsCommand(page, model, scratch);

  if (samples) {
    await page.getByLabel("Sample files").setInputFiles([...samples]);
    await make(page);
    await page.getByText(/^Refitted to the original on your samples/).waitFor();
    await page.getByRole("button", { name: "Outputs side by side, on the samples" }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Outputs side by side" }).waitFor();
    await reached("recovered");
  }
  const recipe = await saved(page, "Recipe");
  await chooseTab(page, "Compare");
  await page
    .getByLabel("Another model or a recipe")
    .setInputFiles({ name: "recipe.json", mimeType: "application/json", buffer: recipe });
  await page.getByRole("region", { name: "Differences" }).waitFor();
  await reached("compared");

  // The server is gone: what came of it came out of the page's own store.
  const asked = requests.slice(before).filter((url) => !/^(blob|data):/.test(url));
  const elsewhere = asked.filter((url) => !url.startsWith(new URL(page.url()).origin));
  if (elsewhere.length > 0) throw new Error(`it asks for ${elsewhere[0]}`);
  if (complaints.length > 0) throw new Error(complaints[0]);
  const { total, worst } = await shiftOf(page);
  if (total > mostShift) throw new Error(`its layout jumps by ${total.toFixed(3)}, most at ${worst}`);
  return total;
}

/** Moves the slider to a share by its keys. */
async function slideTo(page: Page, share: number): Promise<void> {
  const slider = page.getByRole("slider", { name: "Remove" });
  await slider.focus();
  const away = async (): Promise<number> => Math.round(100 * (share - Number(await slider.inputValue())));
  for (let steps = await away(); steps !== 0; steps = await away()) {
    const before = await slider.inputValue();
    await page.keyboard.press(steps > 0 ? "ArrowRight" : "ArrowLeft");
    if ((await slider.inputValue()) === before) throw new Error(`the slider's keys end at ${before}`);
  }
}

/** Makes the smaller model by keyboard, and waits for its proof. */
async function make(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Make the smaller model" }).focus();
  await page.keyboard.press("Enter");
  const done = page.getByText(/^(Proven|Not proven): /);
  await done.or(page.getByRole("alert")).first().waitFor();
  const [alert] = await page.getByRole("alert").allTextContents();
  if (alert !== undefined) throw new Error(alert);
  const proof = (await done.textContent()) ?? "";
  if (!proof.startsWith("Proven")) throw new Error(proof);
}

/** Compares what can be downloaded with the files that the command writes for the same options. */
async function equalsCommand(page: Page, { path, name }: ModelFiles, scratch: string): Promise<void> {
  const folder = join(scratch, basename(name));
  mkdirSync(folder, { recursive: true });
  const isFolder = path.endsWith(".json");
  const out = join(folder, isFolder ? "smaller" : basename(path).replace(/\.onnx$/, "-smaller.onnx"));
  const options = ["--ratio", String(ratio), "--heads", "0", "--head-dims", "0"];
  await promisify(execFile)(process.execPath, [command, path, "-o", out, ...options, "--no-verify"]);
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
