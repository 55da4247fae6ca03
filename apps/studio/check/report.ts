import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";

/** Opens a report from the disk, without a network, and looks whether its picture is drawn. */
export async function checkReport(browser: Browser, file: string): Promise<void> {
  const report = await browser.newPage();
  const faults: string[] = [];
  report.on("pageerror", (error) => faults.push(error.message));
  report.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  report.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:"))
      faults.push(`asks for ${request.url()}`);
  });
  await report.goto(pathToFileURL(file).href);
  for (const press of ["Open all", "Fit", "Close all", "Fit"]) {
    await report.getByRole("button", { name: press }).click();
    if (await isBlank(report)) faults.push(`its picture is blank after ${press}`);
  }
  await report.close();
  if (faults.length > 0) throw new Error(`its report: ${faults[0]}`);
  const text = readFileSync(file, "utf8");
  if (/\b(?:src|href)="?https?:/.test(text)) throw new Error("its report refers to a network");
}

/** Whether the canvas shows one colour alone, after the next frame. */
const isBlank = (page: Page): Promise<boolean> =>
  page.evaluate(
    () =>
      new Promise<boolean>((resolve) =>
        requestAnimationFrame(() =>
          requestAnimationFrame(() => {
            const canvas = document.querySelector("canvas") as HTMLCanvasElement;
            const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(
              0,
              0,
              canvas.width,
              canvas.height,
            );
            const pixels = new Uint32Array(data.buffer);
            resolve(pixels.every((pixel) => pixel === pixels[0]));
          }),
        ),
      ),
  );
