// Pictures of every page of the demo: node screenshots.mjs FOLDER [--readme FOLDER] [--only PART]
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BASE, everyPage, launch, signedIn } from "./tour.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { readme: { type: "string" }, only: { type: "string" } },
});
const folder = positionals[0];
mkdirSync(folder, { recursive: true });

const WIDTHS = [360, 768, 1440];
/** Of the README: page, scheme, file, and what is done there first. */
const README = [
  ["request-plan", "light", "plan.png", (page) => page.locator(".plan-figure").evaluate((plan) => plan.scrollIntoView({ block: "end" }))],
  ["run-failed", "dark", "run.png"],
  ["request-form", "light", "form.png", fillForm],
];

async function fillForm(page) {
  await page.getByLabel("Name", { exact: true }).fill("orders");
  await page.getByLabel("Image", { exact: true }).fill("registry.example.com/shop/orders:1.0");
  await page.locator(".preview-cost").waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
}

const browser = await launch();
const every = await everyPage(browser);
const pages = every.filter(([name]) => !values.only || name.includes(values.only));
const states = new Map([[null, undefined]]);
for (const who of new Set(every.map(([, who]) => who).filter(Boolean))) states.set(who, await signedIn(browser, who));

/** A page as it settles: fonts there, islands awake, nothing moving. */
async function settle(page, path) {
  await page.goto(path);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(250);
}

for (const colorScheme of ["light", "dark"]) {
  for (const width of WIDTHS) {
    for (const [who, storageState] of states) {
      const viewport = { width, height: width < 500 ? 740 : 900 };
      const context = await browser.newContext({ baseURL: BASE, storageState, colorScheme, viewport, reducedMotion: "reduce" });
      const page = await context.newPage();
      for (const [name, , path] of pages.filter(([, own]) => own === who)) {
        await settle(page, path);
        await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      }
      await context.close();
    }
  }
}

if (values.readme) {
  mkdirSync(values.readme, { recursive: true });
  for (const [name, colorScheme, file, prepare] of README) {
    const [, who, path] = every.find(([own]) => own === name);
    const context = await browser.newContext({
      baseURL: BASE, storageState: states.get(who), colorScheme, viewport: { width: 1280, height: 800 }, reducedMotion: "reduce",
    });
    const page = await context.newPage();
    await settle(page, path);
    await prepare?.(page);
    await page.screenshot({ path: join(values.readme, file) });
    await context.close();
  }
}
await browser.close();

const rows = pages.map(([name, who, path]) => {
  const pictures = ["light", "dark"].flatMap((scheme) =>
    WIDTHS.map((width) => {
      const file = `${name}-${width}-${scheme}.png`;
      return `<a href="${file}"><img loading="lazy" src="${file}" alt="${name}, ${width} px, ${scheme}"></a>`;
    }),
  );
  return `<section><h2>${name} <small>${path}${who ? `, as ${who}` : ""}</small></h2><div>${pictures.join("")}</div></section>`;
});
writeFileSync(
  join(folder, "contact-sheet.html"),
  `<!doctype html><meta charset="utf-8"><title>Every page of Gantry</title>
<style>body{font:14px system-ui;margin:24px;background:#888}h2{margin:24px 0 8px}small{font-weight:400}
div{display:flex;gap:12px;overflow-x:auto;align-items:start}img{height:420px;width:auto;max-width:700px;object-fit:cover;object-position:top;border-radius:4px}</style>
${rows.join("\n")}\n`,
);
