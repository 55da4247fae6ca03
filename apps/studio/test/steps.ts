import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";

/** What a button downloads. */
export async function download(page: Page, name: string): Promise<Buffer> {
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  return readFileSync(await file.path());
}

export async function openSample(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Try the sample" }).click();
  await page.getByRole("heading", { name: "Layers" }).waitFor();
}
