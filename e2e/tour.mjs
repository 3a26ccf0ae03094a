// The demo as scripts walk through it: a browser, somebody signed in, and the address of every page with something on it.
// GANTRY_BASE_URL names the portal, GANTRY_CHROMIUM the browser's program.
import { chromium } from "@playwright/test";

export const BASE = process.env.GANTRY_BASE_URL;
const PASSWORD = "lift-that-container";

export function launch() {
  return chromium.launch({
    executablePath: process.env.GANTRY_CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** What a browser keeps of somebody who signed in: cookies for other contexts. */
export async function signedIn(browser, who) {
  const context = await browser.newContext({ baseURL: BASE, javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(`${who}@example.com`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${BASE}/`);
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Every page worth looking at: [name, who, path]. */
export async function everyPage(browser) {
  const context = await browser.newContext({ baseURL: BASE, storageState: await signedIn(browser, "priya") });
  const page = await context.newPage();
  const href = async (path, name) => {
    await page.goto(path);
    return page.getByRole("link", { name }).first().getAttribute("href");
  };
  const request = (name) => href("/requests?state=all", name);
  const stack = (name) => href("/stacks", name);
  const runOf = async (path) => {
    await page.goto(path);
    return page.getByRole("link", { name: "Open the run" }).getAttribute("href");
  };
  const checkout = await stack(/^checkout/);
  const ledger = await request(/Create ledger/);
  const failed = await runOf(await request(/Create reports/));
  const running = await runOf(await request(/Change shop/));
  const changed = await request(/Change checkout/);
  const done = await runOf(changed);
  const environment = await href("/environments", "production");
  const team = await href("/teams", "Payments");
  await context.close();
  const administrator = await browser.newContext({ baseURL: BASE, storageState: await signedIn(browser, "ada") });
  const people = await administrator.newPage();
  await people.goto("/people");
  const person = await people.getByRole("link", { name: /Dana/ }).first().getAttribute("href");
  await administrator.close();
  return [
    ["sign-in", null, "/sign-in"],
    ["set-up", null, "/set-up?token=x"],
    ["home", "dana", "/"],
    ["home-owner", "olek", "/"],
    ["home-platform", "priya", "/"],
    ["catalogue", "dana", "/catalogue"],
    ["template", "dana", "/catalogue/web-service"],
    ["request-form", "dana", "/catalogue/web-service/request"],
    ["requests", "priya", "/requests?state=all"],
    ["request-plan", "olek", ledger],
    ["request-inputs", "olek", `${changed}?tab=inputs`],
    ["request-cost", "olek", `${ledger}?tab=cost`],
    ["request-decisions", "olek", `${ledger}?tab=decisions`],
    ["request-activity", "dana", `${ledger}?tab=activity`],
    ["request-edit", "dana", `${ledger}/edit`],
    ["run-failed", "tariq", failed],
    ["run-running", "mika", running],
    ["run-done", "dana", done],
    ["inbox", "olek", "/inbox"],
    ["inbox-empty", "dana", "/inbox"],
    ["stacks", "priya", "/stacks"],
    ["stacks-one", "tariq", "/stacks"],
    ["stack", "dana", checkout],
    ["stack-resources", "dana", `${checkout}?tab=resources`],
    ["stack-releases", "dana", `${checkout}?tab=releases`],
    ["stack-requests", "dana", `${checkout}?tab=requests`],
    ["stack-change", "dana", `${checkout}/change`],
    ["stack-destroy", "dana", `${checkout}/destroy`],
    ["audit", "auden", "/audit"],
    ["environments", "priya", "/environments"],
    ["environment", "priya", environment],
    ["environment-change", "priya", `${environment}/change`],
    ["environment-new", "priya", "/environments/new"],
    ["templates", "priya", "/templates"],
    ["template-revisions", "priya", "/templates/web-service"],
    ["teams", "ada", "/teams"],
    ["team", "olek", team],
    ["team-new", "ada", "/teams/new"],
    ["people", "ada", "/people"],
    ["person", "ada", person],
    ["person-invite", "ada", "/people/invite"],
    ["link-spent", null, "/join?token=x"],
    ["account", "dana", "/account"],
    ["search", "dana", "/search?q=checkout"],
    ["api-docs", "dana", "/api/docs"],
    ["forbidden", "dana", "/audit"],
    ["not-found", "dana", "/nowhere"],
  ];
}
