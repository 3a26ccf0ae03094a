// The pages of app/examples/gallery with the site of dist/ around them, without a portal.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, type Route } from "@playwright/test";
import { open } from "./world";

const FOLDER = process.env.GANTRY_GALLERY as string;
const SITE = process.env.GANTRY_SITE_DIR as string;
const HOST = "http://gallery.test";

/** The gallery knows no build: its pages name what they load plainly. */
const PLAIN = {
  style: "/pkg/gantry.css",
  boot: "/boot.js",
  module: "/pkg/gantry.js",
  wasm: "/pkg/gantry_bg.wasm",
  icons: "/icons.svg",
  favicon: "/favicon.svg",
  font: "/fonts/inter-latin-variable.woff2",
};

/** The names of all pages. */
export const GALLERY = readdirSync(FOLDER).map((file) => file.replace(/\.html$/, "")).sort();

export const addressOf = (page: string) => `${HOST}/${page}`;

/** A window in which the gallery is a site. Its pages stay asleep unless they are to wake. */
export async function openGallery(browser: Browser, options: BrowserContextOptions = {}, { awake = false } = {}) {
  const watched = await open(browser, options);
  const built = JSON.parse(readFileSync(join(SITE, "manifest.json"), "utf8"));
  await watched.page.route(`${HOST}/**`, async (route: Route) => {
    const { pathname, searchParams } = new URL(route.request().url());
    if (GALLERY.includes(pathname.slice(1))) {
      let page = readFileSync(join(FOLDER, `${pathname}.html`), "utf8");
      for (const [part, address] of Object.entries(PLAIN)) page = page.replaceAll(address, built[part]);
      await route.fulfill({ body: page, contentType: "text/html" });
    } else if (pathname === "/events") {
      // Nothing happens: a stream stays silent, and there is no news.
      if (searchParams.get("once") === "1") await route.fulfill({ json: { id: "", messages: [] } });
    } else if (pathname === built.boot && !awake) {
      await route.fulfill({ body: "", contentType: "text/javascript" });
    } else {
      await route.fulfill({ path: join(SITE, pathname) });
    }
  });
  return watched;
}
