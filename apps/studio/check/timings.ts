import type { Page } from "playwright-core";

/** Milliseconds from the choice of files until a picture was on the screen. Begin it before they are chosen. */
export const openingTime = (page: Page): Promise<number> =>
  page.evaluate(
    () =>
      new Promise<number>((resolve) => {
        let start = 0;
        document.addEventListener(
          "change",
          () => {
            start = performance.now();
          },
          { capture: true, once: true },
        );
        const look = (): void => {
          // The view draws in the first frame after it is made.
          if (start > 0 && document.querySelector("canvas"))
            requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
          else requestAnimationFrame(look);
        };
        look();
      }),
  );

/** Milliseconds from moves of the slider until the numbers followed. */
export async function sliderTimes(page: Page): Promise<{ readonly median: number; readonly worst: number }> {
  const times = await page.evaluate(async () => {
    const input = document.querySelector("input[type=range]") as HTMLInputElement;
    const numbers = document.querySelector('[aria-label="What is left"] tbody') as HTMLElement;
    const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set as (
      v: string,
    ) => void;
    const found: number[] = [];
    for (const value of [0.5, 0.2, 0.7, 0.35, 0.8, 0.25, 0.6, 0.15, 0.45]) {
      const start = performance.now();
      const changed = new Promise<void>((resolve) => {
        const observer = new MutationObserver(() => {
          observer.disconnect();
          resolve();
        });
        observer.observe(numbers, { characterData: true, childList: true, subtree: true });
      });
      set.call(input, String(value));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      await changed;
      found.push(performance.now() - start);
      // The picture follows a little later; a hand that drags stops, too.
      await new Promise((resolve) => setTimeout(resolve, 600));
    }
    return found;
  });
  times.sort((a, b) => a - b);
  return { median: times[Math.floor(times.length / 2)] as number, worst: times.at(-1) as number };
}

/** Frames per second while everything is open and is panned over: near enough to read, and far enough to see most of it. */
export async function framesWhilePanning(
  page: Page,
): Promise<{ readonly near: number; readonly far: number }> {
  await page.getByRole("button", { name: "Open all" }).click();
  await page.locator("canvas:not([aria-busy])").waitFor();
  const near = await framesPanned(page);
  for (let i = 0; i < 7; i++) await page.getByRole("button", { name: "Zoom out" }).click();
  const far = await framesPanned(page);
  await page.getByRole("button", { name: "Fit", exact: true }).click();
  return { near, far };
}

const framesPanned = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const canvas = document.querySelector("canvas") as HTMLCanvasElement;
    const frame = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
    const start = await frame();
    let frames = 0;
    let now = start;
    while (now - start < 2000) {
      const key = Math.floor((now - start) / 500) % 2 === 0 ? "ArrowDown" : "ArrowUp";
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      now = await frame();
      frames++;
    }
    return (1000 * frames) / (now - start);
  });

interface Noted {
  readonly text: string;
  readonly at: number;
}

/** Notes when a job says what it does. Begin it before the job. */
export const noteSteps = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const noted: Noted[] = [{ text: "", at: performance.now() }];
    Object.assign(globalThis, { notedSteps: noted });
    const panel = document.querySelector("#panel .job") as HTMLElement;
    new MutationObserver(() => {
      const text = panel.querySelector('[role="status"]')?.textContent?.split(":")[0]?.trim() ?? "";
      if (text !== noted.at(-1)?.text) noted.push({ text, at: performance.now() });
    }).observe(panel, { characterData: true, childList: true, subtree: true });
  });

/** Milliseconds of making without proof and timing, and of the proof. */
export async function stepTimes(page: Page): Promise<{ readonly prune: number; readonly law: number }> {
  const noted = await page.evaluate(
    () => (globalThis as unknown as { notedSteps: readonly Noted[] }).notedSteps,
  );
  const lasting = noted.map(({ text, at }, i) => ({ text, took: (noted[i + 1]?.at ?? at) - at }));
  const sum = (fits: (text: string) => boolean): number =>
    lasting.reduce((all, { text, took }) => (fits(text) ? all + took : all), 0);
  const isLaw = (text: string): boolean => text.startsWith("Checking");
  const isTiming = (text: string): boolean => text.startsWith("Timing");
  return { prune: sum((text) => text !== "" && !isLaw(text) && !isTiming(text)), law: sum(isLaw) };
}
