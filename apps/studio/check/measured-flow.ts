import type { Browser } from "playwright-core";
import type { OpenedPage } from "../test/page.js";
import { shortName, type Walk, walk } from "./flow.js";
import { memoryOf } from "./memory.js";
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
  /** Bytes that the tab's process held at most until the plan was there, and until the model was made. */
  readonly memory: { readonly planned: number; readonly made: number };
  /** How far the layout jumped through the whole flow. */
  readonly shift: number;
  /** Runnable processes of the machine, per minute, when it began. */
  readonly load: number;
}

/** Walks through every flow with a model and times its steps. */
export async function measuredWalk(
  browser: Browser,
  opened: OpenedPage,
  { load, ...how }: Omit<Walk, "at"> & { readonly load: number },
): Promise<Checked> {
  opened.page.setDefaultTimeout(900_000);
  let opening: Promise<number> | undefined;
  let made: Pick<Checked, "prune" | "law"> = { prune: Number.NaN, law: Number.NaN };
  let [open, nodes, planned, whole] = [0, 0, 0, 0];
  let slider: Checked["slider"] = { median: 0, worst: 0 };
  let frames: Checked["frames"] = { near: 0, far: 0 };
  const shift = await walk(opened, {
    ...how,
    at: {
      async opening(page) {
        opening = openingTime(page);
      },
      async opened(page) {
        open = (await opening) ?? 0;
        slider = await sliderTimes(page);
      },
      async planned(page) {
        frames = await framesWhilePanning(page);
        planned = await memoryOf(browser);
        nodes = Number(
          /: (\d+) nodes/.exec((await page.locator("canvas").getAttribute("aria-label")) ?? "")?.[1],
        );
      },
      making: noteSteps,
      async made(page) {
        made = await stepTimes(page);
        whole = await memoryOf(browser);
      },
    },
  });
  const memory = { planned, made: whole };
  return { name: shortName(how.model), nodes, open, slider, ...made, frames, memory, shift, load };
}
