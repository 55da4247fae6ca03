import type { Page } from "playwright-core";

interface Shift {
  readonly value: number;
  readonly where: string;
}

/** Notes from now on what of the page moves without anyone having asked for it (Layout Instability API). */
export const watchShifts = (page: Page): Promise<void> =>
  page.evaluate(() => {
    interface LayoutShift extends PerformanceEntry {
      readonly value: number;
      readonly hadRecentInput: boolean;
      readonly sources: readonly { readonly node?: Node }[];
    }
    const shifts: Shift[] = [];
    Object.assign(globalThis, { shifts });
    const whereOf = ({ sources }: LayoutShift): string =>
      sources
        .map(({ node }) => {
          const element = node instanceof Element ? node : node?.parentElement;
          return element ? `${element.tagName.toLowerCase()}.${element.className}` : "?";
        })
        .join(" ");
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as LayoutShift[])
        if (!entry.hadRecentInput) shifts.push({ value: entry.value, where: whereOf(entry) });
    }).observe({ type: "layout-shift", buffered: false });
  });

/** All that moved since, as a share of the window times the share of it that was touched, and where most did. */
export async function shiftOf(page: Page): Promise<{ readonly total: number; readonly worst: string }> {
  const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: readonly Shift[] }).shifts);
  const [first] = [...shifts].sort((a, b) => b.value - a.value);
  return {
    total: shifts.reduce((sum, { value }) => sum + value, 0),
    worst: first ? `${first.where} (${first.value.toFixed(3)})` : "nothing",
  };
}
