// Every page of the gallery (nothing in it, one, a hundred, the longest names, what went wrong): as wide as the window at
// every width, and nothing for axe to find, in light and dark.
import AxeBuilder from "@axe-core/playwright";
import { type Page, expect, test } from "@playwright/test";
import { GALLERY, addressOf, openGallery } from "./gallery";

const WIDTHS = [360, 768, 1440];

// A trace keeps each page at each step, which takes longer than looking at it.
test.use({ trace: "off" });

/** "request" of "request-long-plan": pages of one area are one test. */
const areaOf = (page: string) => page.split("-")[0];

async function tooWide(page: Page, name: string): Promise<string[]> {
  const found: string[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) found.push(`${name}: ${wide} px wide in a window of ${width} px`);
  }
  return found;
}

async function violations(axe: AxeBuilder, name: string): Promise<string[]> {
  const found = await axe.setLegacyMode().analyze();
  const first = ({ nodes }: (typeof found.violations)[0]) => nodes.slice(0, 3).map((node) => node.target).join(" | ");
  return found.violations.map((one) => `${name}: ${one.id}: ${first(one)}`);
}

for (const area of new Set(GALLERY.map(areaOf))) {
  test(`${area} in every state, width and scheme`, async ({ browser }) => {
    const pages = GALLERY.filter((page) => areaOf(page) === area);
    // So long for each page, however many there are.
    test.setTimeout(180_000 + 20_000 * pages.length);
    const { page, troubles } = await openGallery(browser, { reducedMotion: "reduce" });
    const found: string[] = [];
    for (const name of pages) {
      await page.goto(addressOf(name));
      // A hundred lines are as wide as can be, and for axe the same as three.
      const looked = !name.includes("hundred");
      await page.emulateMedia({ colorScheme: "light" });
      found.push(...(await tooWide(page, name)));
      if (looked) found.push(...(await violations(new AxeBuilder({ page }), name)));
      // In the dark only colours differ.
      await page.emulateMedia({ colorScheme: "dark" });
      found.push(...(await tooWide(page, `${name}, dark`)));
      if (looked) found.push(...(await violations(new AxeBuilder({ page }).withRules("color-contrast"), `${name}, dark`)));
    }
    await page.context().close();
    expect(found).toEqual([]);
    expect(troubles).toEqual([]);
  });
}
