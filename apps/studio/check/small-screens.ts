import type { Page } from "playwright-core";
import { seriousFaults } from "../test/axe.js";

/** A phone and a tablet, upright. */
const sizes = [
  { width: 390, height: 844 },
  { width: 768, height: 1024 },
] as const;

/** CSS pixels of a field in which a word can be read while it is typed. */
const leastField = 120;

/**
 * Looks at the page as it is on small screens; throws where it is wider than the screen, a field is too narrow to type
 * into, or a button or field too small for a finger (24 CSS pixels or as much room around it, WCAG 2.2's target size, which
 * axe leaves out unless it is asked).
 * @param pictureOf where a picture of a size is kept, in both themes; without it there are none
 */
export async function onSmallScreens(page: Page, pictureOf?: (size: string) => string): Promise<void> {
  const whole = page.viewportSize();
  for (const size of sizes) {
    await page.setViewportSize(size);
    const wide = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement;
      if (scrollWidth <= clientWidth) return undefined;
      const over = [...document.querySelectorAll("body *")].find(
        (one) => one.getBoundingClientRect().right > clientWidth + 1,
      );
      return `${scrollWidth} of ${clientWidth}: ${over?.outerHTML.slice(0, 120)}`;
    });
    if (wide !== undefined) throw new Error(`wider than a screen of ${size.width}: ${wide}`);
    const narrow = await page.evaluate(
      (least) =>
        [
          ...document.querySelectorAll<HTMLInputElement>(
            "input[type=search], input[type=text], input:not([type])",
          ),
        ]
          .filter((field) => field.offsetParent !== null && field.offsetWidth < least)
          .map((field) => field.getAttribute("aria-label") ?? field.placeholder),
      leastField,
    );
    if (narrow.length > 0)
      throw new Error(`too narrow to type into on a screen of ${size.width}: ${narrow.join(", ")}`);
    const tooSmall = await seriousFaults(page, ["target-size"]);
    if (tooSmall.length > 0) throw new Error(`on a screen of ${size.width}: ${tooSmall.join(", ")}`);
    if (!pictureOf) continue;
    for (const colorScheme of ["dark", "light"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: pictureOf(`${size.width}-${colorScheme}`), fullPage: true });
    }
  }
  if (whole) await page.setViewportSize(whole);
}
