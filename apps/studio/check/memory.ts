import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";

/** Bytes of memory that the largest process of a page's held at most: the tab with its workers. */
export async function memoryOf(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const pages = processInfo.filter(({ type }) => type === "renderer");
  return Math.max(0, ...pages.map(({ id }) => peakOf(id)));
}

function peakOf(id: number): number {
  try {
    const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, "utf8")) ?? [];
    return 1024 * Number(kilobytes ?? 0);
  } catch {
    // It ended since it was listed.
    return 0;
  }
}
