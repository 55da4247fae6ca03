import { readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import type { Page } from "playwright-core";
import type { ModelFiles } from "./models.js";

/** Opens a model in the studio as a person would, and waits until the numbers of a plan are there. */
export async function openInStudio(page: Page, { path, files }: ModelFiles): Promise<void> {
  await page.getByLabel("Model files").setInputFiles([...files]);
  const file = basename(path);
  const name = file === "model.json" && files.length === 0 ? basename(dirname(path)) : file;
  const alert = page.getByRole("alert");
  const numbers = page.getByRole("region", { name: "What is left" });
  await page.locator(".bar .model", { hasText: name }).or(alert).first().waitFor();
  await numbers.or(alert).first().waitFor();
  if (await alert.isVisible()) throw new Error((await alert.textContent()) ?? "an error without words");
}

/** What a button downloads that is pressed by its key. */
export async function saved(page: Page, button: string): Promise<Buffer> {
  await page.getByRole("button", { name: button, exact: true }).focus();
  const [file] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  return readFileSync(await file.path());
}

/** Goes to a tab by its keys. */
export async function chooseTab(page: Page, name: string): Promise<void> {
  const tab = page.getByRole("tab", { name });
  await page.locator('[role="tab"][aria-selected="true"]').focus();
  for (let i = 0; i < 4 && (await tab.getAttribute("aria-selected")) !== "true"; i++)
    await page.keyboard.press("ArrowRight");
}
